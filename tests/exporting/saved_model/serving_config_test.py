"""The files of export/serving/, by the official protos where there are."""

import pathlib
import re

import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from dmtdr_tf.exporting.saved_model.writer import MODEL_NAME

FOLDER = pathlib.Path(__file__).parents[3] / "export/serving"


@pytest.fixture(scope="module")
def model():
    config = model_server_config_pb2.ModelServerConfig()
    text_format.Parse((FOLDER / "models.config").read_text(), config)
    (found,) = config.model_config_list.config
    return found


@pytest.fixture(scope="module")
def kubernetes():
    text = (FOLDER / "kubernetes.yaml").read_text()
    return {part["kind"]: part for part in yaml.safe_load_all(text)}


@pytest.fixture(scope="module")
def compose():
    text = (FOLDER / "compose.yaml").read_text()
    return yaml.safe_load(text)["services"]["serving"]


def test_the_model_is_the_one_of_the_warm_up_requests(model):
    assert model.name == MODEL_NAME
    assert model.base_path == f"/models/{MODEL_NAME}"
    assert model.model_platform == "tensorflow"


def test_batch_sizes_rise_to_the_largest():
    # Its proto is in no wheel; the rule is TensorFlow Serving's own.
    text = (FOLDER / "batching_parameters.txt").read_text()
    (most,) = re.findall(r"max_batch_size \{ value: (\d+) \}", text)
    sizes = [int(n) for n in re.findall(r"allowed_batch_sizes: (\d+)", text)]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == int(most)
    keys = set(re.findall(r"^(\w+)", re.sub("#.*", "", text), re.MULTILINE))
    assert keys <= {
        "max_batch_size",
        "batch_timeout_micros",
        "max_enqueued_batches",
        "num_batch_threads",
        "allowed_batch_sizes",
    }


def files_of(arguments):
    return re.findall(r"--\w+_file=(\S+)", " ".join(arguments))


def test_compose_mounts_what_the_server_reads(compose, model):
    bound = dict(
        volume.removesuffix(":ro").split(":")[::-1]
        for volume in compose["volumes"]
        if isinstance(volume, str)
    )
    assert len(files_of(compose["command"])) == 2
    for file in files_of(compose["command"]):
        assert (FOLDER / bound[file]).is_file()
    (saved,) = (v for v in compose["volumes"] if isinstance(v, dict))
    assert saved["target"] == f"{model.base_path}/1"
    assert saved["read_only"] is True
    # Nobody is asked who they are: not for other machines as it is.
    assert all(port.startswith("127.0.0.1:") for port in compose["ports"])
    assert compose["deploy"]["resources"]["limits"]["memory"]
    assert f"/v1/models/{MODEL_NAME}" in compose["healthcheck"]["test"][-1]


def test_kubernetes_probes_limits_and_ports(kubernetes, model, compose):
    pod = kubernetes["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == compose["image"]
    ports = {p["name"]: p["containerPort"] for p in container["ports"]}
    assert ports == {"grpc": 8500, "rest": 8501}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {
            "path": f"/v1/models/{MODEL_NAME}",
            "port": "rest",
        }
    for kind in ("requests", "limits"):
        assert set(container["resources"][kind]) == {"cpu", "memory"}
    assert pod["securityContext"]["runAsNonRoot"] is True
    mounts = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
    assert mounts["model"] == model.base_path
    given = {pathlib.PurePath(f).name for f in files_of(container["args"])}
    custom = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    (generated,) = custom["configMapGenerator"]
    assert given <= set(generated["files"])
    assert all((FOLDER / name).is_file() for name in generated["files"])
    volumes = {v["name"]: v for v in pod["volumes"]}
    assert volumes["config"]["configMap"]["name"] == generated["name"]


def test_the_service_finds_the_pods(kubernetes):
    service = kubernetes["Service"]["spec"]
    template = kubernetes["Deployment"]["spec"]["template"]
    assert service["selector"].items() <= template["metadata"]["labels"].items()
    (container,) = template["spec"]["containers"]
    names = {port["name"] for port in container["ports"]}
    assert {port["targetPort"] for port in service["ports"]} == names
