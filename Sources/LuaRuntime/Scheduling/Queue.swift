/// First in, first out; appending and taking cost constant time on average.
package struct Queue<Element> {
    private var incoming: [Element] = []
    private var outgoing: [Element] = []  // reversed: the next is last

    package init() {}

    package var isEmpty: Bool { incoming.isEmpty && outgoing.isEmpty }

    package var count: Int { incoming.count + outgoing.count }

    package mutating func append(_ element: Element) {
        incoming.append(element)
    }

    package mutating func popFirst() -> Element? {
        if outgoing.isEmpty {
            swap(&incoming, &outgoing)
            outgoing.reverse()
        }
        return outgoing.popLast()
    }

    /// Takes the element that is as many places behind the first.
    package mutating func remove(at place: Int) -> Element {
        place < outgoing.count
            ? outgoing.remove(at: outgoing.count - 1 - place) : incoming.remove(at: place - outgoing.count)
    }
}
