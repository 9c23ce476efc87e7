"""A disk that fills up, as far as this process is concerned."""

import contextlib
import resource


@contextlib.contextmanager
def largest_file(size):
    """Let no file of this process grow beyond so many bytes: a write says that it is too large."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
