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

    /// A percentage; nil for anything else than a whole number from 0 to 100, as nothing rests on it.
    func percent(_ field: String) -> Int? {
        guard let number = value[field]?.wholeNumber, (0...100).contains(number) else { return nil }
        return number
    }

    /// An id that may be absent, for which some answers write an empty one.
    func optionalID(_ field: String) throws(VMMError) -> String? {
        guard let text = try optionalString(field), !text.isEmpty else { return nil }
        return text
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
        guard let number = found.wholeNumber else { throw mismatch(place(of: field), "a whole number", found) }
        return number
    }

    // MARK: Errors

    func missing(_ field: String, _ expected: String) -> VMMError {
        badAnswer("without '\(place(of: field))', expected \(expected)")
    }

    func wrong(_ field: String, expected: String) -> VMMError {
        badAnswer("with a wrong '\(place(of: field))', expected \(expected)")
    }

    /// The answer is about something else than what was asked about: nothing may rest on it.
    func stranger(_ kind: String, asked: String, answered: String) -> VMMError {
        badAnswer("about the \(kind) '\(answered.asPartOfMessage)', asked about '\(asked.asPartOfMessage)'")
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

extension JSONValue {
    /// A whole number; nil for anything else, and for one that doesn't fit.
    var wholeNumber: Int? {
        switch self {
        case .integer(let number): Int(exactly: number)
        // Some servers write whole numbers as 4096.0.
        case .number(let number): Int(exactly: number)
        default: nil
        }
    }
}
