-- table.unpack is asked for more results than the stack can hold.
-- ends: error
return select("#", table.unpack({}, 1, 1e8))
