"""What all property tests share: the same examples each time, and no limit of time, as machines differ."""

from hypothesis import settings

settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")
