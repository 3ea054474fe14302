-- table.move copies 2^53 elements that don't exist.
-- ends: cpu
table.move({}, 1, 1 << 53, 1, {})
