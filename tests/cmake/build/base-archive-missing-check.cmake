build(FAILS "${SOURCE}/missing.tar")
