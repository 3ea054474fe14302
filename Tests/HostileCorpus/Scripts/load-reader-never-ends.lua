-- A reader function goes on giving pieces of blank source.
-- ends: source
load(function() return "        " end)
