-- require is asked for a file by its absolute path.
-- ends: error
return require("/etc/passwd")
