-- Several lazy repetitions in a row, for a letter that never comes.
-- ends: cpu
return ("a"):rep(5000):match(".-.-.-.-x")
