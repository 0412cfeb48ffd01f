internal import Glibc

/// Replaces the ids of an answer by their tickets, also an id that two pieces of the answer share.
package struct TicketReplacement {
    private let pairs: [(id: [UInt8], ticket: [UInt8])]
    private let longest: Int
    /// The end of what was fed, which may be the beginning of an id.
    private var held: [UInt8] = []

    package init(_ tickets: [IssuedTicket]) {
        pairs = tickets.map { (Array($0.id.utf8), Array($0.text.utf8)) }
        longest = pairs.map(\.id.count).max() ?? 1
    }

    /// Returns what can be sent after these bytes.
    package mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
        let input = held + bytes
        // An id that begins later could go on in the next piece.
        let (result, done) = replaced(input, beginningBefore: max(0, input.count - longest + 1))
        held = Array(input[done...])
        return result
    }

    /// Returns the rest. Call it once.
    package func finish() -> [UInt8] { replaced(held, beginningBefore: held.count).result }

    /// - Returns: The bytes up to `done`, which is the given bound or the end of an id that begins before it.
    private func replaced(_ input: [UInt8], beginningBefore bound: Int) -> (result: [UInt8], done: Int) {
        var (result, position): ([UInt8], Int) = ([], 0)
        result.reserveCapacity(input.count)
        while position < bound, let next = next(in: input, from: position), next.offset < bound {
            result += input[position..<next.offset] + pairs[next.pair].ticket
            position = next.offset + pairs[next.pair].id.count
        }
        let done = max(position, bound)
        result += input[position..<done]
        return (result, done)
    }

    /// Returns where the next id begins, and which one it is.
    private func next(in input: [UInt8], from start: Int) -> (offset: Int, pair: Int)? {
        let found = pairs.indices.compactMap { pair in
            Self.offset(of: pairs[pair].id, in: input, from: start).map { (offset: $0, pair: pair) }
        }
        return found.min { $0.offset < $1.offset }
    }

    private static func offset(of text: [UInt8], in input: [UInt8], from start: Int) -> Int? {
        input.withUnsafeBytes { input in
            guard let base = input.baseAddress else { return nil }
            var position = start
            while position + text.count <= input.count,
                let found = memchr(base + position, CInt(text[0]), input.count - text.count + 1 - position)
            {
                position = UnsafeRawPointer(found) - base
                if memcmp(base + position, text, text.count) == 0 { return position }
                position += 1
            }
            return nil
        }
    }
}
