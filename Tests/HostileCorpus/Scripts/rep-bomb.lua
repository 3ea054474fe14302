-- A string of two gigabytes, by one call.
-- ends: memory
return #("x"):rep(2000000000)
