"""One file per form of a report; each turns :class:`harness.report.model.RunResults` into text."""
