import pickle

from dmtdr_tf.files.errors import UserError


def test_a_mistake_is_a_value_error_that_names_the_argument():
    error = UserError("must be 1 or 2, not 3", argument="stage")
    assert isinstance(error, ValueError)
    assert str(error) == "stage: must be 1 or 2, not 3"
    assert (error.argument, error.message) == ("stage", "must be 1 or 2, not 3")


def test_a_file_s_mistake_needs_no_argument():
    assert str(UserError("eye.jpg: no such file")) == "eye.jpg: no such file"


def test_a_worker_process_can_hand_it_over():
    error = pickle.loads(pickle.dumps(UserError("taken", argument="port")))
    assert (str(error), error.argument) == ("port: taken", "port")
