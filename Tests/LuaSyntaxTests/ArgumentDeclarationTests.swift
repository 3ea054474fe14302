import LuaSyntax
import Testing

@Suite struct ArgumentDeclarationTests {
    @Test(arguments: [
        ("script.args{ {'a', default = -1, help = [[x]]} }", "{ {'a', default = -1, help = [[x]]} }"),
        ("local a = script . args ({ })", "{ }"),
        ("script.args{ {\"a\" .. 'b', [\"type\"] = \"share\"}; }", "{ {\"a\" .. 'b', [\"type\"] = \"share\"}; }"),
        ("script.args{ {name} }", nil), ("script.args(list)", nil), ("script.args{ f() }", nil),
        ("script.args{ {'a', default = os.date()} }", nil), ("script.args{ function() end }", nil),
        ("script.args{ {'a'}", nil),
    ])
    func `a table is constant if nothing in it has to be worked out`(_ source: String, _ table: String?) {
        #expect(ArgumentDeclaration.all(in: source).map(\.table) == [table])
    }

    @Test func `calls are found by their lines, and what only looks like one isn't`() {
        let source = """
            -- script.args{}
            local f = script.args
            my.script.args{}
            print("script.args{}", script.name)
            if x then script.args{} end
            script.args
            (y)
            """
        #expect(ArgumentDeclaration.all(in: source).map(\.line) == [5, 6])
    }
}
