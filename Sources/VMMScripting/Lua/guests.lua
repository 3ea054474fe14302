-- Lists of guests: vmm.list, what else takes guests, and the methods of a list.

local G = script_globals
local check, list_guests, find_guests = host.check, host.vmm.list, host.vmm.find
local ipairs, next, type, setmetatable = ipairs, next, type, setmetatable
local sort, concat, find, mathtype = table.sort, table.concat, string.find, math.type
local raise, matches, matching, directory, failure_of = host.raise, host.matches, host.matching, host.everyone, host.failure
local error, rawget, record = error, rawget, record
local brief, check_list = host.brief_value, host.check_list

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

host.guests, host.guests_methods = guests, methods

-- MARK: Guests

-- The fields that a guest may have and others not: some dialects don't tell them, or they come with `additional`.
local absent = {
  vcpu_num = true, vram_size = true, storage_size = true, autorun = true, description = true, host_name = true, network = true,
  storage = true, snapshot = true,
}

local fields = {
  "guest_id", "guest_name", "status", "raw_status", "vcpu_num", "vram_size", "storage_size", "autorun", "description", "host_name", "tags",
  "network", "storage", "snapshot",
}

-- What is taken for a field, beyond slips of the pen.
local meant = {
  id = "guest_id", uuid = "guest_id", name = "guest_name", state = "status", cpus = "vcpu_num", cpu = "vcpu_num", vcpus = "vcpu_num",
  memory = "vram_size", mem = "vram_size", ram = "vram_size", disk = "storage_size", host = "host_name", tag = "tags",
}

-- What changes a field on the NAS, where anything does.
local changed_by = {
  status = "flow.stop, flow.start and flow.restart change it",
  vcpu_num = "vmm.set(guest, { vcpu_num = … }) changes it", vram_size = "vmm.set(guest, { vram_size = … }) changes it",
  autorun = "vmm.set(guest, { autorun = … }) changes it", description = "vmm.set(guest, { description = … }) changes it",
  guest_name = "vmm.set(guest, { guest_name = … }) changes it",
}

local function refuse(guest, message, hint)
  error(failure_of("bad_argument", message, { guest = rawget(guest, "guest_name"), hint = hint }), 0)
end

local function read_missing(guest, key)
  if absent[key] then return nil end
  local near = type(key) == "string" and (meant[key] or host.near(key, fields)[1])
  local hint = near and "did you mean " .. near .. "?" or "a guest has " .. concat(fields, ", ")
  refuse(guest, "a guest has no field " .. brief(key), hint)
end

local function write(guest, key)
  local hint = changed_by[key] or "keep what you note of a guest in a table of your own, by its guest_id"
  refuse(guest, ("%s: the fields of a guest are read-only: writing %s would change nothing on the NAS"):format(
    rawget(guest, "guest_name"), brief(key)), hint)
end

record("guest", read_missing, write)

-- MARK: Guests as arguments

local deepest_list = 8

local function is_guest(value)
  return type(value) == "table" and type(value.guest_id) == "string" and type(value.guest_name) == "string"
end

-- Whether a table is a list, rather than a guest or a filter: it holds an element, or nothing at all.
local function is_list(value)
  for key in next, value do
    if mathtype(key) == "integer" then return true end
  end
  return next(value) == nil
end

-- The guests that an argument names: the one rule for whatever takes guests.
--
--   host.select(fn, what, value[, everyone]) -> guests, places by guest_id, name | nil
--
-- `fn` and `what` say for messages which argument of which function it is, `everyone` is a directory to share. A guest table is
-- taken as it is, by its id. Text is an id, else a name, else a pattern. A filter takes what fits. A list holds these and lists.
-- Guests come in the order in which they are named, those of a pattern or a filter by name, and each once. The third result is
-- a guest that one list names twice by itself: patterns, filters and lists overlap, but that is a slip where each is acted on.
local function select_guests(fn, what, value, everyone)
  everyone = everyone or directory()
  local found, places, twice = {}, {}, nil

  local function add(guest, named)
    local id = guest.guest_id
    if named then
      if named[id] then twice = twice or guest.guest_name end
      named[id] = true
    end
    if not places[id] then
      found[#found + 1] = guest
      places[id] = #found
    end
  end

  local function add_text(text, named)
    local called = everyone.called(text)
    if #called == 1 then return add(called[1], named) end
    local is_anybody = false
    if #called == 0 and find(text, "[*?]") then
      for _, guest in ipairs(everyone.guests()) do
        if matches(text, guest.guest_name) then
          is_anybody = true
          add(guest)
        end
      end
    end
    if is_anybody then return end
    -- Nobody, or several, or guests that the script may not read: the host tells which.
    for _, guest in ipairs(find_guests(text)) do add(guest) end
  end

  local function refuse(item, what)
    raise(("%s: %s must be a guest, a name, an id, a pattern, a filter, or a list of these, not %s"):format(fn, what, item))
  end

  -- `named` are the ids that the list around the item names by themselves.
  local function take(item, what, named, depth)
    if is_guest(item) then return add(item, named) end
    if type(item) == "string" then
      if item == "" or #item > 1024 then refuse(item == "" and "empty text" or brief(item), what) end
      return add_text(item, named)
    end
    if type(item) ~= "table" then refuse(brief(item), what) end
    if not is_list(item) then
      if item.guest_id ~= nil then refuse("a table with a guest_id and no guest_name", what) end
      for _, guest in ipairs(matching(fn, item, everyone.guests(), everyone)) do add(guest) end
      return
    end
    if depth == deepest_list then refuse("lists in lists, more than " .. deepest_list .. " deep", what) end
    check_list(fn, what, item)
    local own = {}
    for i, element in ipairs(item) do
      if is_guest(element) then
        add(element, own)
      else
        take(element, ("element %d of %s"):format(i, what), own, depth + 1)
      end
    end
  end

  take(value, what, nil, 0)
  return setmetatable(found, metatable), places, twice
end

host.select = select_guests
host.is_list = is_list

-- MARK: vmm.list

--: vmm.list(filter?: table) -> guests
--: All guests, or those that a filter takes, sorted by name.
--: A filter is {name=glob|{globs}, except=guests, status=word|{words}, tag=, host=, where=function(guest)->boolean}; `where` may
--: make no host call. What can't fit any guest, such as an unknown status, is bad_argument and tells what there is.
--: A filter by tag or host raises unsupported where the dialect doesn't tell them.
--: errors: unsupported not_found ambiguous
--: permission: vmm.read
--: example: for _, g in ipairs(vmm.list{ name = "web-*", status = "running", except = "web-1" }) do print(g.guest_name) end
function G.vmm.list(filter)
  check("vmm.list", filter)
  local all = list_guests()
  return filter and guests(matching("vmm.list", filter, all, directory(all))) or all
end

-- MARK: Methods

--: guests:where(filter: table) -> guests
--: Those of the guests that the filter takes.
--: errors: unsupported not_found ambiguous
--: example: vmm.list():where{ status = "stopped" }
function methods:where(filter)
  check("guests:where", filter)
  return guests(matching("guests:where", filter, self, directory()))
end

--: guests:union(others: guests) -> guests
--: These guests and the others, each once.
--: errors: not_found ambiguous
--: example: vmm.list{ name = "web-*" }:union{ "db-1", "db-2" }
function methods:union(others)
  check("guests:union", others)
  local all, seen = {}, {}
  for _, array in ipairs { self, (select_guests("guests:union", "argument 1 (others)", others)) } do
    for _, guest in ipairs(array) do
      if not seen[guest.guest_id] then
        seen[guest.guest_id] = true
        all[#all + 1] = guest
      end
    end
  end
  return guests(all)
end

--: guests:without(others: guests) -> guests
--: These guests less the others.
--: errors: not_found ambiguous
--: example: vmm.list():without("dns-*")
function methods:without(others)
  check("guests:without", others)
  local _, excluded = select_guests("guests:without", "argument 1 (others)", others)
  local rest = {}
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
