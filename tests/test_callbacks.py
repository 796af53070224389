"""Code that dimlint does not see is given functions and objects: what it may do to them is not known afterwards."""

from __future__ import annotations

import textwrap

import pytest

from dimlint import analyze

UNSEEN = {
    "a function is called": """
        acc = []
        unseen.run(lambda: acc.append(torch.zeros(4)))
        torch.cat(acc)
        torch.zeros(len(acc)).view(5)
        """,
    "a bound method of a list": """
        acc = []
        unseen.run(acc.append)
        torch.cat(acc)
        torch.zeros(len(acc)).view(5)
        """,
    "it is kept and called again": """
        acc = []
        runner = unseen.Runner(lambda: acc.append(torch.zeros(4)))
        runner.run()
        acc = []
        runner.run()
        torch.cat(acc)
        torch.zeros(len(acc)).view(5)
        """,
    "an attribute of something unknown": """
        acc = []
        unseen.runner.callback = lambda: acc.append(torch.zeros(4))
        unseen.runner.run()
        torch.cat(acc)
        torch.zeros(len(acc)).view(5)
        """,
    "inside of data": """
        acc = []
        unseen.run({"callbacks": [lambda: acc.append(torch.zeros(4))]})
        torch.cat(acc)
        torch.zeros(len(acc)).view(5)
        """,
    "an object is changed": """
        class State:
            def __init__(self):
                self.n = 3
                self.sizes = [[3]]

        s = State()
        unseen.update(s)
        torch.zeros(s.n).view(5)
        torch.zeros(s.sizes[0][0]).view(5)
        """,
    "nested lists are changed": """
        sizes = [[3]]
        inner = sizes[0]
        unseen.update(sizes)
        torch.zeros(inner[0]).view(5)
        """,
    "an object calls back": """
        acc = []
        class Callback(unseen.Callback):
            def on_end(self):
                acc.append(torch.zeros(4))

        unseen.Runner(callbacks=[Callback()]).run()
        torch.cat(acc)
        torch.zeros(len(acc)).view(5)
        """,
    "a method changes its object": """
        class Trainer:
            def __init__(self):
                self.n = 3
                unseen.register(self.step)

            def step(self):
                self.n += 1

        t = Trainer()
        unseen.run()
        torch.zeros(t.n).view(5)
        """,
    "a method needs what is not there yet": """
        class Tracer:
            def __init__(self, model):
                for module in model.modules():
                    module.register_forward_hook(self.note)

            def note(self, module, args, out):
                last = self.outs[-1]
                self.outs.append(out)
                self.sizes, self.n = self.sizes + [3], last.ndim

            def run(self, x):
                self.outs, self.sizes, self.n = [x], [], 3
                for _ in range(6):
                    unseen.run(x)
                torch.cat(self.outs[1:])
                torch.zeros(len(self.outs[1:])).view(5)
                torch.zeros(len(self.sizes)).view(5)
                torch.zeros(self.n).view(5)

        unseen.run(1)
        tracer = Tracer(unseen.model())
        for _ in range(6):
            unseen.run(2)
        tracer.run(torch.zeros(1, 4))
        """,
    "what a function fills is replaced again and again": """
        class Keeper(unseen.Callback):
            def on_end(self):
                self.kept.append(torch.zeros(4))

        keeper, losses = Keeper(), []
        runner = unseen.Runner(callbacks=[keeper, lambda: losses.append(torch.zeros(4))])
        for _ in range(8):
            keeper.kept = []
            losses = []
            runner.run()
            torch.cat(keeper.kept)
            torch.zeros(len(keeper.kept)).view(5)
            torch.cat(losses)
            torch.zeros(len(losses)).view(5)
        """,
    "a model that calls its hooks": """
        features, sizes = [], []
        model = torch.nn.Sequential(torch.nn.Linear(3, 4))
        model[0].register_forward_hook(lambda module, args, out: features.append(out))
        model.register_forward_pre_hook(lambda module, args: sizes.append(3))
        unseen.evaluate(model)
        torch.cat(features)
        torch.zeros(len(features)).view(5)
        torch.zeros(len(sizes)).view(5)
        """,
    "the names of the module are given": """
        n = 3
        unseen.configure(globals())
        torch.zeros(n).view(5)
        """,
}

SEEN = {
    "other attributes of the object": """
        class Trainer:
            def __init__(self):
                self.n = 3
                self.steps = 0
                unseen.register(self.step)

            def step(self):
                self.steps += 1

        t = Trainer()
        torch.zeros(t.n).view(5)
        """,
    "a function that changes nothing": """
        n = 3
        unseen.register(lambda x: x + n)
        torch.zeros(n).view(5)
        """,
    "a function that nobody calls": """
        def step(x):
            torch.zeros(3).view(5)

        unseen.register(step)
        """,
    "hooks of a model that nobody else has": """
        sizes = []
        model = torch.nn.Sequential(torch.nn.Linear(3, 4))
        model[0].register_forward_hook(lambda module, args, out: sizes.append(3))
        unseen.log("started")
        model(torch.zeros(2, 3))
        torch.zeros(len(sizes)).view(5)
        """,
    "a member of an enumeration": """
        import enum

        class Size(enum.Enum):
            SMALL = 3

        unseen.log(Size.SMALL)
        torch.zeros(Size.SMALL.value).view(5)
        """,
}


def rules(program: str) -> list[str]:
    report = analyze("import torch\nimport unseen\n" + textwrap.dedent(program))
    assert report.failure is None
    return [finding.rule for finding in report.findings]


@pytest.mark.parametrize("program", UNSEEN.values(), ids=UNSEEN)
def test_forgotten(program: str) -> None:
    assert rules(program) == []


@pytest.mark.parametrize("program", SEEN.values(), ids=SEEN)
def test_still_known(program: str) -> None:
    assert rules(program) == ["reshape-mismatch"]
