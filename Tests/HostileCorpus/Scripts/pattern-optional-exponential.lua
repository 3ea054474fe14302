-- Optional items that take exponential time to fail.
-- ends: cpu
return ("a"):rep(40):find("^" .. ("a?"):rep(40) .. ("a"):rep(41))
