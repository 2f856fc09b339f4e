"""Blocks of code that stand in scripts as they are, or with a few numbers put in."""

from __future__ import annotations

DROPPED = '''\
class Dropped(nn.Module):
    """Multiplies by the mask of the update, 0 for what is left out; where there is none it changes nothing."""

    mask = None

    def forward(self, h):
        return h if self.mask is None else h * self.mask
'''

MASKS = '''\
LEFT_OUT = [
{listed}]


def draw_masks(step, examples):
    """Draw which units this update leaves out, as stepviz does: by the seed and the step alone."""
    generator = np.random.Generator(np.random.Philox(key=({seed}, {stream}), counter=(0, 0, step, 0)))
    drawn, start = generator.random({units} * examples, dtype=np.float32), 0
    for module, units, share in LEFT_OUT:
        part = drawn[start : start + units * examples].reshape(units, examples).T
        module.mask = torch.from_numpy((part >= share) * (1 / (1 - share))).to(dtype)
        start += units * examples'''

WHOLE = '''\
def batches():
    """Yield the rows of each batch: all of them."""
    while True:
        yield torch.arange(len(x_train))
'''

BATCHES = '''\
def batches(seen={seen}):
    """Yield the rows of each batch, from where ``seen`` examples have been dealt out."""
    drawn = None
    while True:
        epoch, position = divmod(seen, {dealt})
        block, row = divmod(epoch, {orders})
        if block != drawn:
            generator, drawn = np.random.default_rng(({seed}, {stream}, block)), block
            orders = generator.permuted(np.tile(np.arange({examples}), ({orders}, 1)), axis=1)
        chosen = orders[row, position : position + {size}]
        seen += len(chosen)
        yield torch.from_numpy(chosen)
'''

PLOT = """\
try:
    import matplotlib.pyplot as plt
except ImportError:
    print("Matplotlib is not installed: no plot")
else:
    steps, train, test = zip(*history)
    plt.plot(steps, train, label="train")
    plt.plot(steps, test, label="test")
    plt.xlabel("step")
    plt.ylabel("loss")
    plt.legend()
    plt.show()
"""
