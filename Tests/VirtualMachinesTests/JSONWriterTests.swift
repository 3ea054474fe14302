import Testing
import VirtualMachines

@Suite struct JSONWriterTests {
    @Test("a value is written compactly, its members in order")
    func compact() {
        let value: JSONValue = ["b": [1, true, .null, "x"], "a": .number(1.5), "e": [:], "f": []]
        #expect(value.text == #"{"b":[1,true,null,"x"],"a":1.5,"e":{},"f":[]}"#)
    }

    @Test("quotes, backslashes and control characters are escaped")
    func escapes() {
        #expect(JSONValue.string("\"\\\n\r\t\u{1}\u{7F}é").text == #""\"\\\n\r\t\u0001\u007fé""#)
    }

    @Test("numbers that JSON has no word for become null")
    func notFinite() {
        #expect(JSONValue.array([.number(.nan), .number(.infinity), .number(-.infinity)]).text == "[null,null,null]")
    }

    @Test("what is written reads back the same")
    func roundTrip() throws {
        let value: JSONValue = [
            "text": "a \u{0} \"é😀\" \\ /", "ends": [.integer(.min), .integer(.max)],
            "fractions": [.number(0.1), .number(1), .number(-2.5e-300), .number(1e300)], "nested": [[[:]], .null],
        ]
        #expect(try JSONValue(parsing: value.serialized()) == value)
    }

    @Test("setting a member replaces it in its place, and nil removes it")
    func members() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        #expect(JSONValue.object(object).text == #"{"a":3,"c":4}"#)
        #expect(!object.isEmpty)
    }

    @Test("a value says what kind it is")
    func kinds() {
        let kinds = ([.null, true, 1, .number(1), "a", [], [:]] as [JSONValue]).map(\.kind)
        #expect(
            kinds == ["null", "a boolean", "a number", "a number", "a string", "an array", "an object"]
        )
    }
}
