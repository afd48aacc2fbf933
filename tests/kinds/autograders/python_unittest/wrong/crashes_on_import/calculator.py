raise RuntimeError("not yet")
