-- Filters of guests, and the words by which guests are chosen.

local list_guests, list_hosts = host.vmm.list, script_globals.vmm.hosts
local ipairs, next, type, error, setmetatable, tostring, pcall = ipairs, next, type, error, setmetatable, tostring, pcall
local sort, concat, find, gmatch, match, mathtype = table.sort, table.concat, string.find, string.gmatch, string.match, math.type
local without_waiting = tasks.without_waiting
local raise, matches, failure_of, kind_of, normal_form = host.raise, host.matches, host.failure, host.kind_of, host.normal_form

-- MARK: Words

-- A value in a few words, for a message.
local function brief(value)
  if type(value) == "string" then return #value > 100 and "a string of " .. #value .. " bytes" or '"' .. value .. '"' end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  return value == nil and "nothing" or "a " .. type(value)
end

-- A text as it is compared: "é" is one character or two, by what wrote it. What is shown stays as the NAS spells it.
local function form(text) return find(text, "[\128-\255]") and normal_form(text) or text end

-- What there is, for a message: "web-1, web-2, … and 12 more".
local function some_of(words)
  local shown = {}
  for i = 1, #words > 12 and 10 or #words do shown[i] = words[i] end
  local rest = #words - #shown
  return concat(shown, ", ") .. (rest > 0 and " and " .. rest .. " more" or "")
end

-- The words of a set by their forms, sorted.
local function sorted(set)
  local words = {}
  for _, word in next, set do words[#words + 1] = word end
  sort(words)
  return words
end

local function any(values, accepts)
  for _, value in ipairs(values) do
    if accepts(value) then return true end
  end
  return false
end

-- A list that had a hole, or something by name, would lose guests without a word.
local function check_list(fn, what, list)
  local count = 0
  for key in next, list do
    if mathtype(key) ~= "integer" then raise(("%s: %s must be a list, not a table with the key %s"):format(fn, what, tostring(key))) end
    count = count + 1
  end
  for i = 1, count do
    if list[i] == nil then raise(("%s: %s must be a list without holes, but there is nothing at %d"):format(fn, what, i)) end
  end
end

host.brief_value, host.check_list = brief, check_list

-- MARK: All guests

-- The guests that exist, by id and by name too; they are read when first asked for, and only once.
local function directory(all)
  local everyone, by_id, by_name = {}, nil, nil

  function everyone.guests()
    all = all or list_guests()
    return all
  end

  -- The guest of that id, or else those of that name.
  function everyone.called(text)
    if not by_id then
      by_id, by_name = {}, {}
      for _, guest in ipairs(everyone.guests()) do
        local name = form(guest.guest_name)
        local same = by_name[name] or {}
        same[#same + 1] = guest
        by_id[guest.guest_id], by_name[name] = guest, same
      end
    end
    return by_id[text] and { by_id[text] } or by_name[form(text)] or {}
  end

  return everyone
end

host.everyone = directory

-- MARK: Filters

local statuses = {
  "running", "stopped", "paused", "booting", "shutting_down", "moving", "creating", "standby", "crashed", "inaccessible", "unknown",
}

-- A guest that would be passed over because nobody knows is worse than an error.
local function known(guest, field, what)
  if guest[field] == nil then
    error(failure_of("unsupported", what .. " of " .. guest.guest_name .. " is not known: this dialect doesn't tell it",
      { guest = guest.guest_name, hint = "choose by name, or use another --dialect" }), 0)
  end
  return guest[field]
end

local function has_tag(guest, word)
  known(guest, "description", "the description, which holds the tags,")
  return any(guest.tags, function(tag) return form(tag) == form(word) end)
end

local function is_on(guest, host_name) return form(known(guest, "host_name", "the host")) == form(host_name) end

-- What a filter is read with: the function that was given it, the guests to choose from, and all guests.
local reading = {}
reading.__index = reading

function reading:refuse(message) raise(self.fn .. ": " .. message) end

-- A word or an array of words, as an array.
function reading:words(key, value)
  local words = type(value) == "string" and { value } or value
  if type(words) ~= "table" then
    self:refuse(("the filter's %s must be a string or an array of strings, not %s"):format(key, brief(value)))
  end
  check_list(self.fn, "the filter's " .. key, words)
  if #words == 0 then self:refuse(("the filter's %s is an empty list, which fits no guest"):format(key)) end
  for _, word in ipairs(words) do
    if type(word) ~= "string" then self:refuse(("the filter's %s must hold strings, not %s"):format(key, brief(word))) end
    if word == "" then self:refuse(("the filter's %s is empty text, which fits no guest: leave it out"):format(key)) end
  end
  return words
end

-- Whether any guest passes the test, in the list or outside of it.
function reading:is_anybody(test) return any(self.array, test) or any(self.everyone.guests(), test) end

-- What some field of all guests holds, sorted; `each(guest)` gives an array.
function reading:all_of(each)
  local found = {}
  for _, guest in ipairs(self.everyone.guests()) do
    for _, word in ipairs(each(guest)) do found[form(word)] = word end
  end
  return sorted(found)
end

-- "a, b" as '{ "a", "b" }'.
local function as_list(text)
  local parts = {}
  for part in gmatch(text, "[^,]+") do parts[#parts + 1] = '"' .. match(part, "^%s*(.-)%s*$") .. '"' end
  return "{ " .. concat(parts, ", ") .. " }"
end

-- For each key of a filter, a function that makes a test of its value. A value that can't fit any guest is an error; one that
-- merely fits none at the moment isn't.
local criteria = {}

function criteria.name(filter, value)
  local globs = filter:words("name", value)
  for _, glob in ipairs(globs) do
    if find(glob, ",", 1, true) or find(glob, "^%s") or find(glob, "%s$") then
      if not filter:is_anybody(function(guest) return matches(glob, guest.guest_name) end) then
        filter:refuse(("the filter's name %s fits no guest: write %s; guests are %s"):format(brief(glob), as_list(glob),
          some_of(filter:all_of(function(guest) return { guest.guest_name } end))))
      end
    end
  end
  return function(guest)
    return any(globs, function(glob) return matches(glob, guest.guest_name) end)
  end
end

function criteria.except(filter, value)
  local _, excluded = host.select(filter.fn, "the filter's except", value, filter.everyone)
  return function(guest) return not excluded[guest.guest_id] end
end

function criteria.status(filter, value)
  local wanted = filter:words("status", value)
  for _, word in ipairs(wanted) do
    if not any(statuses, function(status) return status == word end) then
      filter:refuse(("there is no status %s, only %s"):format(brief(word), concat(statuses, ", ")))
    end
  end
  return function(guest)
    return any(wanted, function(word) return guest.status == word end)
  end
end

function criteria.tag(filter, value)
  local wanted = filter:words("tag", value)
  for _, word in ipairs(wanted) do
    if find(word, "[#,%s]") and not filter:is_anybody(function(guest) return has_tag(guest, word) end) then
      local tags = filter:all_of(function(guest) return guest.tags end)
      filter:refuse(("the filter's tag %s fits no guest: a tag is one word, written without #, and several are a list; %s"):format(
        brief(word), #tags > 0 and "tags are " .. some_of(tags) or "no guest has a tag"))
    end
  end
  return function(guest)
    return any(wanted, function(word) return has_tag(guest, word) end)
  end
end

-- The hosts that exist, by the forms of their names; nil where the dialect or the account can't tell.
local function hosts()
  local ok, listed = pcall(list_hosts)
  if not ok then
    local kind = kind_of(listed)
    if kind ~= "unsupported" and kind ~= "access_denied" then error(listed, 0) end
    return nil
  end
  local found = {}
  for _, described in ipairs(listed) do
    if type(described.host_name) == "string" then found[form(described.host_name)] = described.host_name end
  end
  return found
end

function criteria.host(filter, value)
  local wanted = filter:words("host", value)
  for _, word in ipairs(wanted) do
    if not filter:is_anybody(function(guest) return is_on(guest, word) end) then
      -- A host may be there and have no guest.
      local found = hosts()
      if found and not found[form(word)] then
        filter:refuse(("there is no host %s; hosts are %s"):format(brief(word), some_of(sorted(found))))
      end
    end
  end
  return function(guest)
    return any(wanted, function(word) return is_on(guest, word) end)
  end
end

function criteria.where(filter, value)
  if type(value) ~= "function" then filter:refuse("the filter's where must be a function, not " .. brief(value)) end
  return function(guest) return without_waiting(value, guest) end
end

local keys = { "name", "except", "status", "tag", "host", "where" }
-- What is taken for a key: a field of a guest, the plural, or the place in a list.
local meant = {
  ["1"] = "name",
  guest_name = "name", names = "name", host_name = "host", hosts = "host", tags = "tag", raw_status = "status",
  state = "status", statuses = "status", without = "except",
}

-- Those of the array's guests that a filter takes, in their order; `everyone` is the directory of all guests.
function host.matching(fn, filter, array, everyone)
  local reader = setmetatable({ fn = fn, array = array, everyone = everyone }, reading)
  local unknown = {}
  for key in next, filter do
    if not criteria[key] then unknown[tostring(key)] = tostring(key) end
  end
  local first = sorted(unknown)[1]
  if first then
    local advice = meant[first] and ": write " .. meant[first] .. "=" or ""
    reader:refuse(("a filter has no '%s'%s; it has name, except, status, tag, host and where"):format(first, advice))
  end
  local tests = {}
  for _, key in ipairs(keys) do
    if filter[key] ~= nil then tests[#tests + 1] = criteria[key](reader, filter[key]) end
  end
  local found = {}
  for _, guest in ipairs(array) do
    local fits = true
    for _, test in ipairs(tests) do fits = fits and test(guest) end
    if fits then found[#found + 1] = guest end
  end
  return found
end
