"""Watch a small training die: python watch_a_training.py, and beside it stepviz first.stepviz-run.

A network learns to tell two spirals apart. After 600 updates the learning rate is 500 times as large for three updates,
as a typing error or a schedule may have it. Needs torch and stepviz-watch.
"""

import math

import torch
from torch import nn

import stepviz_watch

torch.manual_seed(0)


def spirals(points: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return points (2 x points, 2) on two spirals, and which one each is on."""
    turn = torch.sqrt(torch.rand(points)) * 3 * math.pi
    first = torch.stack([turn * torch.cos(turn), turn * torch.sin(turn)], 1) / 10
    both = torch.cat([first, -first]) + 0.03 * torch.randn(2 * points, 2)
    return both, torch.cat([torch.zeros(points), torch.ones(points)]).long()


x, y = spirals(400)
model = nn.Sequential(
    nn.Linear(2, 64), nn.ReLU(),
    nn.Linear(64, 64), nn.ReLU(),
    nn.Linear(64, 64), nn.ReLU(),
    nn.Linear(64, 2),
)  # fmt: skip
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
loss_fn = nn.CrossEntropyLoss()

# The one line. The loop below is as it was without it.
watch = stepviz_watch.watch(model, optimizer, loss_fn, "first.stepviz-run")

for update in range(1500):
    if update == 600:
        optimizer.param_groups[0]["lr"] = 25.0
    if update == 603:
        optimizer.param_groups[0]["lr"] = 0.05
    batch = torch.randint(0, len(x), (64,))
    optimizer.zero_grad()
    loss_fn(model(x[batch]), y[batch]).backward()
    optimizer.step()
    if update % 100 == 0:
        with torch.no_grad():
            watch.log(test_loss=nn.functional.cross_entropy(model(x), y).item())

watch.close()
print("recorded in", watch.path)
print("now: stepviz", watch.path, "  or: stepviz watch --text", watch.path)
