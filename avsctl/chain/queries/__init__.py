"""One file per noun: the calls that go out, and the core values that come back."""
