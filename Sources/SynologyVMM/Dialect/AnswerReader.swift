import VirtualMachines

/// Reads fields out of an answer's data, and names the field, the API and the method where one isn't as expected.
struct AnswerReader: Sendable {
    let value: JSONValue
    let api: String
    let method: String
    /// Where in the data this is: `guests[3]`; empty at the top.
    var path = ""

    /// The members.
    ///
    /// Throws `badAnswer` if this isn't an object.
    func object() throws(VMMError) -> JSONObject {
        guard case .object(let object) = value else { throw mismatch(path, "an object", value) }
        return object
    }

    /// The elements of the array in a field.
    func array(_ field: String) throws(VMMError) -> [JSONValue] {
        let found = try required(field, "an array")
        guard case .array(let elements) = found else { throw mismatch(place(of: field), "an array", found) }
        return elements
    }

    /// The objects of the array in a field.
    func objects(_ field: String) throws(VMMError) -> [JSONObject] {
        var objects: [JSONObject] = []
        for (index, element) in try array(field).enumerated() {
            objects.append(try entering(element, "\(field)[\(index)]").object())
        }
        return objects
    }

    /// The strings of the array in a field.
    func strings(_ field: String) throws(VMMError) -> [String] {
        var strings: [String] = []
        for (index, element) in try array(field).enumerated() {
            strings.append(try string("\(field)[\(index)]", element))
        }
        return strings
    }

    func flag(_ field: String) throws(VMMError) -> Bool {
        let found = try required(field, "true or false")
        guard case .bool(let flag) = found else { throw mismatch(place(of: field), "true or false", found) }
        return flag
    }

    func string(_ field: String) throws(VMMError) -> String {
        try string(field, try required(field, "a string"))
    }

    /// An id: an empty one would stand for nothing, or for anything.
    func nonEmptyString(_ field: String) throws(VMMError) -> String {
        let text = try string(field)
        guard !text.isEmpty else {
            throw badAnswer("with an empty '\(place(of: field))', expected a text")
        }
        return text
    }

    func integer(_ field: String) throws(VMMError) -> Int {
        try integer(field, try required(field, "a whole number"))
    }

    func optionalString(_ field: String) throws(VMMError) -> String? {
        guard let found = present(field) else { return nil }
        return try string(field, found)
    }

    func optionalInteger(_ field: String) throws(VMMError) -> Int? {
        guard let found = present(field) else { return nil }
        return try integer(field, found)
    }

    /// A part of the data, `place` below this one.
    func entering(_ value: JSONValue, _ place: String) -> AnswerReader {
        AnswerReader(value: value, api: api, method: method, path: self.place(of: place))
    }

    // MARK: A value at hand

    func string(_ field: String, _ found: JSONValue) throws(VMMError) -> String {
        guard case .string(let text) = found else { throw mismatch(place(of: field), "a string", found) }
        return text
    }

    func integer(_ field: String, _ found: JSONValue) throws(VMMError) -> Int {
        switch found {
        case .integer(let number):
            guard let fitting = Int(exactly: number) else { break }
            return fitting
        case .number(let number):
            // Some servers write whole numbers as 4096.0.
            guard let fitting = Int(exactly: number) else { break }
            return fitting
        default: break
        }
        throw mismatch(place(of: field), "a whole number", found)
    }

    // MARK: Errors

    func missing(_ field: String, _ expected: String) -> VMMError {
        badAnswer("without '\(place(of: field))', expected \(expected)")
    }

    func wrong(_ field: String, expected: String) -> VMMError {
        badAnswer("with a wrong '\(place(of: field))', expected \(expected)")
    }

    func badAnswer(_ what: String) -> VMMError {
        VMMError(
            .badAnswer,
            "\(api) \(method) answered \(what)",
            hint: "this is not what Virtual Machine Manager is known to answer",
            api: api,
            method: method
        )
    }

    private func required(_ field: String, _ expected: String) throws(VMMError) -> JSONValue {
        guard let found = try object()[field] else { throw missing(field, expected) }
        return found
    }

    private func present(_ field: String) -> JSONValue? {
        guard let found = value[field], found != .null else { return nil }
        return found
    }

    private func mismatch(_ place: String, _ expected: String, _ found: JSONValue) -> VMMError {
        let subject = place.isEmpty ? "data" : "'\(place)'"
        return badAnswer("with \(found.kind) as \(subject), expected \(expected)")
    }

    private func place(of field: String) -> String {
        path.isEmpty ? field : "\(path).\(field)"
    }
}
