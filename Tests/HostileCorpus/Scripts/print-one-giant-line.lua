-- A single line larger than all output allowed.
-- ends: output
print(("x"):rep(1000000))
return true
