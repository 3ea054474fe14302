-- From each frontier of a word to the end, for a digit that never comes.
-- ends: cpu
return ("a "):rep(200000):find("%f[%a].-%d")
