"""Studies: many trials without a window, and one table at the end that stands beside a paper's or a closed form.

A study is one entry of ``STUDIES`` in ``table.py``, and a file of its own that holds

- ``SETTINGS``: what a person may choose, with defaults and limits. Every combination of their values is a *cell* of
  the study; what is drawn at random in it is a *draw* (a network, a sample, a training run).
- ``run(cell, draws)``: the work. A pure function of its two arguments that returns arrays with one entry per draw
  along their first axis. It takes all its chance from ``draws.generator()`` or ``draws.seeds``, and keeps nothing.
- ``rows(cell, results)``: all draws of one cell, in order, summed up into one or more rows of the table; numbers that
  come from chance with their confidence interval (``intervals.py``), closed forms beside them.
- ``charts(table)``: the pictures, as ``Chart`` objects.
- ``at_once(cell)``: how many draws are computed together, so that they fit ``LARGEST_CHUNK`` bytes. It must not
  depend on the machine: the cut into chunks decides which random numbers a draw gets.

The rest is the same for all (``run.py``): chunks of draws are computed by one process, by several, or by a Dask
cluster; each is stored in the output folder as soon as it is done, under a name made of all that it depends on; what
is stored is not computed again. So an interrupted study goes on where it was, and a larger one uses a smaller one's
chunks. Raise a study's ``version`` when its ``run`` changes.

To add a study: write the file, put its entry in the table. The command line, the window and the tests find it there.
"""
