-- A single call of print with twenty thousand arguments.
-- ends: output
print(table.unpack({}, 1, 20000))
