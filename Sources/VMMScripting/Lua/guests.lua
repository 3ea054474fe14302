-- Lists of guests: vmm.list, and the methods of what it returns.

local G = script_globals
local check, list_guests = host.check, host.vmm.list
local ipairs, pairs, type, error, setmetatable, tostring = ipairs, pairs, type, error, setmetatable, tostring
local sort, concat = table.sort, table.concat
local without_waiting = tasks.without_waiting
local raise, matches, failure_of = host.raise, host.matches, host.failure

local methods = {}
local metatable = { __index = methods, __name = "guests", __metatable = false }
class("guests", metatable)

local function by_name_then_id(a, b)
  if a.guest_name ~= b.guest_name then return a.guest_name < b.guest_name end
  return a.guest_id < b.guest_id
end

local function guests(array)
  sort(array, by_name_then_id)
  return setmetatable(array, metatable)
end

host.guests = guests

-- MARK: Filters

-- A word or an array of words, as an array; anything else is a bad argument.
local function words(value, name)
  if type(value) == "string" then value = { value } end
  if type(value) ~= "table" then raise("the filter's " .. name .. " must be a string or an array of strings, not a " .. type(value)) end
  for _, word in ipairs(value) do
    if type(word) ~= "string" then raise("the filter's " .. name .. " must hold strings, not a " .. type(word)) end
  end
  return value
end

local function any(values, accepts)
  for _, value in ipairs(values) do
    if accepts(value) then return true end
  end
  return false
end

local statuses = {}
for _, word in ipairs { "running", "stopped", "paused", "booting", "shutting_down", "moving", "creating", "standby",
                        "crashed", "inaccessible", "unknown" } do
  statuses[word] = true
end

-- A guest that would be passed over because nobody knows is worse than an error.
local function known(guest, field, what)
  if guest[field] == nil then
    error(failure_of("unsupported", what .. " of " .. guest.guest_name .. " is not known: this dialect doesn't tell it",
      { guest = guest.guest_name, hint = "choose by name, or use another --dialect" }), 0)
  end
  return guest[field]
end

-- For each key of a filter, a function that makes a test of its value.
local criteria = {
  name = function(value)
    local globs = words(value, "name")
    return function(guest)
      return any(globs, function(glob) return matches(glob, guest.guest_name) end)
    end
  end,
  status = function(value)
    local wanted = words(value, "status")
    for _, word in ipairs(wanted) do
      if not statuses[word] then raise("there is no status '" .. word .. "'") end
    end
    return function(guest)
      return any(wanted, function(word) return guest.status == word end)
    end
  end,
  tag = function(value)
    local wanted = words(value, "tag")
    return function(guest)
      known(guest, "description", "the description, which holds the tags,")
      return any(wanted, function(word)
        return any(guest.tags, function(tag) return tag == word end)
      end)
    end
  end,
  host = function(value)
    local wanted = words(value, "host")
    return function(guest)
      local name = known(guest, "host_name", "the host")
      return any(wanted, function(word) return name == word end)
    end
  end,
  where = function(value)
    if type(value) ~= "function" then raise("the filter's where must be a function, not a " .. type(value)) end
    return function(guest) return without_waiting(value, guest) end
  end,
}

local function matching(array, filter)
  local tests = {}
  for key, value in pairs(filter) do
    local criterion = criteria[key]
    if not criterion then raise("a filter has no '" .. tostring(key) .. "', only name, status, tag, host and where") end
    tests[#tests + 1] = criterion(value)
  end
  local found = {}
  for _, guest in ipairs(array) do
    local matches = true
    for _, test in ipairs(tests) do matches = matches and test(guest) end
    if matches then found[#found + 1] = guest end
  end
  return guests(found)
end

-- MARK: vmm.list

--: vmm.list(filter?: table) -> guests
--: All guests, or those that a filter takes, sorted by name.
--: A filter is {name=glob|{globs}, status=word|{words}, tag=, host=, where=function(guest)->boolean}; `where` may make no host call.
--: A filter by tag or host raises unsupported where the dialect doesn't tell them.
--: errors: unsupported
--: permission: vmm.read
--: example: for _, g in ipairs(vmm.list{ name = "web-*", status = "running" }) do print(g.guest_name) end
function G.vmm.list(filter)
  check("vmm.list", filter)
  local all = list_guests()
  return filter and matching(all, filter) or all
end

-- MARK: Methods

--: guests:where(filter: table) -> guests
--: Those of the guests that the filter takes.
--: example: vmm.list():where{ status = "stopped" }
function methods:where(filter)
  check("guests:where", filter)
  return matching(self, filter)
end

--: guests:union(others: list) -> guests
--: These guests and the others, each once.
--: example: vmm.list{ name = "web-*" }:union(vmm.list{ name = "db-*" })
function methods:union(others)
  check("guests:union", others)
  local seen, all = {}, {}
  for _, array in ipairs { self, others } do
    for _, guest in ipairs(array) do
      if not seen[guest.guest_id] then
        seen[guest.guest_id] = true
        all[#all + 1] = guest
      end
    end
  end
  return guests(all)
end

--: guests:without(others: list) -> guests
--: These guests less the others.
--: example: vmm.list():without(vmm.list{ name = "dns-*" })
function methods:without(others)
  check("guests:without", others)
  local excluded, rest = {}, {}
  for _, guest in ipairs(others) do excluded[guest.guest_id] = true end
  for _, guest in ipairs(self) do
    if not excluded[guest.guest_id] then rest[#rest + 1] = guest end
  end
  return guests(rest)
end

--: guests:names() -> array of names
--: The names of the guests.
--: example: print(table.concat(vmm.list():names(), ", "))
function methods:names()
  local names = {}
  for i, guest in ipairs(self) do names[i] = guest.guest_name end
  return names
end

metatable.__tostring = function(self) return concat(methods.names(self), ", ") end
