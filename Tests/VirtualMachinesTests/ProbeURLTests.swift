import Testing
import VirtualMachines

@Suite struct ProbeURLTests {
    @Test(arguments: [
        ("http://web-1", "http://web-1:80/", "web-1", 80),
        ("HTTPS://Web-1/a?b=c#d", "https://web-1:443/a?b=c", "web-1", 443),
        ("http://[::1]:8080/a b", "http://[::1]:8080/a%20b", "::1", 8080),
    ])
    func `a URL is read`(_ text: String, _ expected: String, _ host: String, _ port: Int) throws {
        let url = try #require(ProbeURL(text))
        #expect(url.description == expected && url.host == host && url.port == port)
    }

    @Test(arguments: [
        "", "web-1", "ftp://web-1/", "http://", "http:///x", "http://op:secret@web-1/", "http://op@web-1/",
        "http://a b/",
        "http://web-1:0/", "http://web-1:65536/", "http://a\r\nb/", "http://[fe80::1%25eth0]/",
        "http://web-1/" + String(repeating: "x", count: 9000),
    ])
    func `what can't be probed is no URL here`(_ text: String) {
        #expect(ProbeURL(text) == nil)
    }
}
