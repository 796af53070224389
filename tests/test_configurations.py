# ruff: noqa: E501 -- programs stand on one line each
"""Sizes that come from outside of the code: command lines, configurations, data files, the environment."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from dimlint import Config, Report, analyze

HEAD = "import torch\nfrom torch import nn\n"
USE = "\nnn.Linear(size, 2)(torch.randn(1, 5))\n"
"""Wrong for every size but 5."""

FILES = {
    "config.yaml": "model:\n  width: 3\n",
    "config.json": '{"model": {"width": 3}}',
    "config.toml": "[model]\nwidth = 3\n",
    "conf/main.yaml": "defaults:\n  - model: small\n  - _self_\n",
    "conf/model/small.yaml": "width: 3\n",
    "pyproject.toml": "",
}

COMMAND_LINE = "the command line"
SOURCES = {
    "argparse": (
        "import argparse\np = argparse.ArgumentParser()\ng = p.add_argument_group('g')\ng.add_argument('--size', type=int, default='3')\n"
        "args, rest = p.parse_known_args()\nsize = vars(args)['size']",
        COMMAND_LINE,
    ),
    "argparse parents": (
        "import argparse\na = argparse.ArgumentParser(add_help=False)\na.add_argument('--size', type=int)\na.set_defaults(size=3)\n"
        "p = argparse.ArgumentParser(parents=[a])\nsize = p.parse_args().size",
        COMMAND_LINE,
    ),
    "argparse commands": (
        "import argparse\np = argparse.ArgumentParser()\ns = p.add_subparsers(dest='cmd')\nt = s.add_parser('train')\n"
        "t.add_argument('--size', type=int, default=3)\nsize = p.parse_args().size",
        COMMAND_LINE,
    ),
    "stated arguments": (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--size', type=int)\nsize = p.parse_args(['--size', '3']).size",
        None,
    ),
    "click": (
        "import click\nfound = []\n@click.command()\n@click.option('--the-size', '-s', default=3)\n@click.option('--on/--off', default=True)\n"
        "def main(the_size, on):\n    found.append(the_size if on else 5)\nmain()\nsize = found[0]",
        COMMAND_LINE,
    ),
    "typer": (
        "import typer\nfound = []\napp = typer.Typer()\n@app.command()\ndef main(size: int = typer.Option(3, help='x')):\n"
        "    found.append(size)\napp()\nsize = found[0]",
        COMMAND_LINE,
    ),
    "absl": ("from absl import flags\nFLAGS = flags.FLAGS\nflags.DEFINE_integer('size', 3, 'help')\nsize = FLAGS.size", COMMAND_LINE),
    "hydra": (
        "import hydra\nfound = []\n@hydra.main(config_path='conf', config_name='main')\ndef main(cfg):\n    found.append(cfg.model.width)\n"
        "main()\nsize = found[0]",
        COMMAND_LINE,
    ),
    "environment": ("import os\nsize = int(os.environ.get('SIZE', '3'))", "the environment"),
    "environment again": ("import os\nsize = int(os.getenv('SIZE', 3))", "the environment"),
    "json": ("import json\nwith open('config.json') as f:\n    size = json.load(f)['model']['width']", "the file config.json"),
    "yaml": ("import yaml, os\nsize = yaml.safe_load(open(os.path.join('.', 'config.yaml')))['model']['width']", "the file ./config.yaml"),
    "toml": ("import tomllib\nfrom pathlib import Path\nsize = tomllib.load(Path('config.toml').open('rb'))['model']['width']",
             "the file config.toml"),
    "omegaconf": ("from omegaconf import OmegaConf\nsize = OmegaConf.load('config.yaml').model.width", "the file config.yaml"),
    "structured": (
        "from dataclasses import dataclass\nfrom omegaconf import OmegaConf\n@dataclass\nclass C:\n    size: int = 3\n"
        "size = OmegaConf.structured(C).size",
        None,
    ),
    "select": (
        "from omegaconf import OmegaConf\nc = OmegaConf.create({'model': {'sizes': [1, {'width': 3}], 'depth': None}})\n"
        "size = OmegaConf.select(c, 'model.sizes[1].width', default=7)\n"
        "assert OmegaConf.select(c, 'model.depth.x', default=4) == 4 and OmegaConf.select(c, 'model.sizes.9') is None",
        None,
    ),
    "update": (
        "from omegaconf import OmegaConf\nc = OmegaConf.create({'model': {'size': 5}})\nOmegaConf.update(c, 'model.size', 3)\n"
        "OmegaConf.update(c, 'data.image.side', 3)\nsize = c.model.size if c.data.image.side == 3 else 0",
        None,
    ),
    "easydict": ("from easydict import EasyDict\nc = EasyDict({'model': {'size': 3}})\nsize = c.model.size", None),
    "addict": ("from addict import Dict\nc = Dict()\nc.model.size = 3\nsize = c['model'].size", None),
    "ml_collections": ("import ml_collections\nc = ml_collections.ConfigDict()\nc.size = 3\nsize = c.size", None),
    "yacs": (
        "from yacs.config import CfgNode as CN\n_C = CN()\n_C.MODEL = CN()\n_C.MODEL.SIZE = 5\ncfg = _C.clone()\n"
        "cfg.merge_from_list(['MODEL.SIZE', 3])\nsize = cfg.MODEL.SIZE",
        None,
    ),
    "transformers": (
        "from transformers import PretrainedConfig\nclass C(PretrainedConfig):\n    def __init__(self, size=3, **kwargs):\n"
        "        self.size = size\n        super().__init__(**kwargs)\nsize = C().size",
        None,
    ),
    "tyro": ("import tyro\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    size: int = 3\nsize = tyro.cli(A).size", COMMAND_LINE),
    "hf": (
        "from transformers import HfArgumentParser\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    size: int = 3\n"
        "a, = HfArgumentParser((A,)).parse_args_into_dataclasses()\nsize = a.size",
        COMMAND_LINE,
    ),
    "fire": ("import fire\nfound = []\ndef main(size=3):\n    found.append(size)\nfire.Fire(main)\nsize = found[0]", COMMAND_LINE),
    "tqdm": ("from tqdm.auto import tqdm\nfor size in tqdm([3], desc='x'):\n    pass", None),
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def report(project: Path, program: str) -> Report:
    found = analyze(HEAD + textwrap.dedent(program) + USE, str(project / "main.py"), Config())
    assert found.failure is None
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_a_default_is_known_and_named(project: Path, name: str) -> None:
    program, assumed = SOURCES[name]
    if name in ("yaml", "omegaconf", "hydra"):
        pytest.importorskip("yaml")
    if name == "toml":
        pytest.importorskip("tomllib")
    (finding,) = report(project, program).findings
    assert "in_features=3" in finding.message
    assert ("with the defaults of" in finding.message) is (assumed is not None)
    assert assumed is None or assumed in finding.message


def test_only_what_matters_is_named(project: Path) -> None:
    program = "import os, argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', default=1)\na = p.parse_args()\n" + SOURCES[
        "environment"
    ][0].removeprefix("import os\n")
    (finding,) = report(project, program).findings
    assert finding.message.endswith("(with the defaults of the environment)")


def test_what_does_not_depend_on_a_default_is_said_without(project: Path) -> None:
    (finding,) = report(project, SOURCES["argparse"][0] + "\nsize = 3").findings
    assert "defaults" not in finding.message


UNKNOWN = {
    "required": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--size', type=int, required=True)\nsize = p.parse_args().size",
    "positional": "import argparse\np = argparse.ArgumentParser()\np.add_argument('size', type=int)\nsize = p.parse_args().size",
    "outside of the project": "import json\nsize = json.load(open('../config.json'))['model']['width']",
    "written": "import json\nf = open('config.json', 'w')\nsize = json.load(f)['model']['width']",
    "environment": "import os\nsize = int(os.environ['SIZE'])",
    "environment of most": "import os\nsize = int(os.environ.get('SHLVL', '3'))",
    "getenv of most": "import os\nsize = 3 if os.getenv('HOME') is None else 7",
    "two commands": "import argparse\np = argparse.ArgumentParser()\ns = p.add_subparsers()\ns.add_parser('a').add_argument('--size', default=3)\n"
    "s.add_parser('b').add_argument('--size', default=5)\nsize = p.parse_args().size",
    "a flag of another file": "from absl import flags\nsize = flags.FLAGS.size",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_has_no_default_is_not_known(project: Path, name: str) -> None:
    assert not report(project, UNKNOWN[name]).findings


LIGHTNING = """
from torch.utils.data.dataset import random_split
from torchvision import datasets, transforms
import pytorch_lightning as pl
import torchmetrics

class Data(pl.LightningDataModule):
    def prepare_data(self):
        self.resize = transforms.Compose([transforms.Resize((32, 32)), transforms.ToTensor()])
    def setup(self, stage=None):
        train = datasets.MNIST(root='.', train=True, transform=self.resize)
        self.train, self.valid = random_split(train, lengths=[55000, 5000])
    def train_dataloader(self):
        return torch.utils.data.DataLoader(dataset=self.train, batch_size=16, drop_last=True)
    def test_dataloader(self):
        return torch.utils.data.DataLoader(dataset=self.valid, batch_size=8)

class Light(pl.LightningModule):
    def __init__(self, model, learning_rate):
        super().__init__()
        self.model = model
        self.accuracy = torchmetrics.Accuracy()
    def forward(self, x):
        return self.model(x)
    def training_step(self, batch, index):
        features, labels = batch
        self.log("accuracy", self.accuracy(self(features), labels))
    test_step = training_step

light = Light(nn.Sequential(nn.Flatten(), nn.Linear(FEATURES, 10)), learning_rate=0.1)
trainer = pl.Trainer(max_epochs=3)
trainer.fit(model=light, datamodule=Data())
trainer.test(model=light, datamodule=Data(), ckpt_path="best")
print(trainer.logger.log_dir)
"""


@pytest.mark.parametrize(("features", "rules"), [("1024", []), ("784", ["feature-mismatch"])])
def test_a_lightning_run_sets_up_its_data(features: str, rules: list[str]) -> None:
    report = analyze(HEAD + LIGHTNING.replace("FEATURES", features), "net.py")
    assert [finding.rule for finding in report.findings] == rules
    (model,) = report.models
    assert model.status == ("wrong" if rules else "verified")
    assert rules or (model.input_shapes[0][1:], model.output_shape[1:]) == ((1, 32, 32), [10])


COLLECTING = """
import pytorch_lightning as pl
BASE

class Keeper(pl.Callback):
    def __init__(self):
        self.losses = []
    def on_train_batch_end(self, trainer, module, outputs, batch, index):
        self.losses.append(outputs["loss"])

class Net(Base):
    def __init__(self):
        super().__init__()
        self.fc, self.seen, self.ends = nn.Linear(3, 4), [], []
    def training_step(self, batch, index):
        self.seen.append(self.fc(batch))
        return self.seen[-1].sum()
    def on_train_end(self):
        self.ends.append(torch.zeros(3))

net, keeper = Net(), Keeper()
trainer = pl.Trainer(callbacks=[keeper])
trainer.fit(net, torch.utils.data.DataLoader(torch.zeros(9, 3), batch_size=3))
torch.cat(net.seen)
torch.zeros(len(net.seen)).view(5)
torch.stack(net.ends)
torch.zeros(len(net.ends)).view(5)
torch.stack(keeper.losses)
torch.zeros(len(keeper.losses)).view(5)
net.fc(torch.zeros(1, 4))
"""


@pytest.mark.parametrize("base", ["Base = pl.LightningModule", "from lightning.pytorch.demos.boring_classes import BoringModel as Base"])
def test_what_a_lightning_run_collects_is_not_known(base: str) -> None:
    report = analyze(HEAD + COLLECTING.replace("BASE", base), "net.py")
    assert [finding.rule for finding in report.findings] == ["feature-mismatch"]


def test_a_lightning_module_is_a_module() -> None:
    program = """
        import pytorch_lightning as pl
        class Net(pl.LightningModule):
            def __init__(self, size=4, out=2):
                super().__init__()
                self.save_hyperparameters()
                self.head = nn.Linear(self.hparams.size, self.hparams.out)
            def forward(self, x):
                return self.head(x)
            def training_step(self, batch, index):
                self.log('loss', self(batch).mean())
        net = Net(3)
        net(torch.randn(2, 3))
        net(torch.randn(2, 4))
    """
    (finding,) = analyze(HEAD + textwrap.dedent(program), "net.py").findings
    assert "in_features=3" in finding.message


@pytest.mark.parametrize("value", ["'${model.other}'", "'???'"])
def test_what_a_configuration_takes_from_elsewhere_is_not_known(project: Path, value: str) -> None:
    program = f"from omegaconf import OmegaConf\nc = OmegaConf.create({{'model': {{'size': {value}}}}})\nsize = "
    assert not report(project, program + "c.model.size").findings
    assert not report(project, program + "OmegaConf.select(c, 'model.size')").findings


CONFIG = "from omegaconf import OmegaConf\nc = OmegaConf.create({'model': {'width': 4, 'depth': 3}, 'd': 3, 'w': ['${d}', 4], 'neg': [1, 3]})\n"


@pytest.mark.parametrize(
    "program",
    [
        "OmegaConf.update(c, 'model', {'width': 5})\nsize = c.model.get('depth', 7)",
        "size = c.w[0]",
        "size = OmegaConf.select(OmegaConf.create({1: 3}), '1', default=9)",
        "size = OmegaConf.select(c, 'neg.-1', default=9)",
        "c.later = '???'\nsize = 9 if 'later' in c else c.d",
        "size = c.d\ntry:\n    OmegaConf.update(c, '', 5)\nexcept Exception:\n    pass",
    ],
)
def test_a_configuration_is_what_omegaconf_makes_of_it(project: Path, program: str) -> None:
    """With three features, each of these runs: ``USE`` gives the layer another number, so a known size is reported."""
    found = report(project, CONFIG + program)
    assert not found.internal
    assert all("in_features=3" in finding.message for finding in found.findings)
