-- Brackets that never close are balanced from each position to the end.
-- ends: cpu
return ("("):rep(300000):find("%b()")
