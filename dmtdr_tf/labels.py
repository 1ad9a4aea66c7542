"""Names of the grades and lesions, in the order of the models' channels."""

__all__ = ["GRADES", "LESIONS", "LESION_NAMES", "REFERABLE_GRADE"]

# The international clinical scale (ICDR), grades 0 to 4.
GRADES = ("none", "mild", "moderate", "severe", "proliferative")
# Grade 2 (moderate) and above is referable retinopathy.
REFERABLE_GRADE = 2
LESIONS = ("MA", "HM", "SE", "HE")
LESION_NAMES = (
    "microaneurysms",
    "haemorrhages",
    "soft exudates",
    "hard exudates",
)
