-- string.pack fills a field of two gigabytes.
-- ends: memory
return #string.pack("c2000000000", "x")
