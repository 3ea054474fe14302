-- A duration of a million parts must be refused or read in no time.
-- ends: done
pcall(async.sleep, ("1ms"):rep(1000000))
return true
