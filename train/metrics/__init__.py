"""How well estimates agree with raters.

Conventions, in every module: ``rated`` comes first and ``estimated`` second, as
one-dimensional arrays of the same length for one dimension; values are on -1 to 1; time
is in seconds. What has no value (a correlation with a constant, anything of nothing) is
``nan`` with a :class:`UserWarning` that says why; arrays that do not belong together raise
:class:`ValueError`.

* :mod:`.regression`: RMSE, MAE, Pearson's r, R², CCC; per song and within a song
* :mod:`.distribution`: average mean distance, KL divergence, coverage of the bands
* :mod:`.signs`: accuracy, area under the curve, quadrant accuracy and macro F1
* :mod:`.reaction`: seconds until a jump is followed
"""
