/// First in, first out; appending and taking cost constant time on average.
struct Queue<Element> {
    private var incoming: [Element] = []
    private var outgoing: [Element] = []  // reversed: the next is last

    var isEmpty: Bool { incoming.isEmpty && outgoing.isEmpty }

    mutating func append(_ element: Element) {
        incoming.append(element)
    }

    mutating func popFirst() -> Element? {
        if outgoing.isEmpty {
            swap(&incoming, &outgoing)
            outgoing.reverse()
        }
        return outgoing.popLast()
    }
}
