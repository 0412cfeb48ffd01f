internal import Synchronization

/// Remembers the register and the nodes that were authenticated last, so that the same bytes are not authenticated
/// twice, and the newest committed position that this process has seen. Can be used from several tasks at once.
///
/// The bytes are read from the store and compared each time, so an edited node is still detected. Lists are the
/// exception: they use a remembered node without reading its bytes; see ``Register/entries(of:)``.
final class RegisterCache: Sendable {
    /// The maximum number of nodes, which have a few kilobytes each. A full cache is emptied.
    private static let capacity = 8_192

    private let known = Mutex<(stored: StoredRecord, content: Register.Content)?>(nil)
    private let nodes = Mutex<[RecordKey: (stored: StoredRecord, node: RegisterNode)]>([:])
    private let position = Mutex<RecordsPosition?>(nil)

    /// The newest position seen; `nil` before the first transaction. A transaction that begins after reading this sees
    /// this position or a later one, unless the records were rolled back.
    var newest: RecordsPosition? { position.withLock { $0 } }

    /// Records the position that a committed transaction has read or written.
    func recordPosition(_ position: RecordsPosition) {
        self.position.withLock { $0 = max($0 ?? position, position) }
    }

    /// The content of the authenticated register with exactly these bytes; `nil` if it is not remembered.
    func content(of stored: StoredRecord) -> Register.Content? {
        known.withLock { $0?.stored == stored ? $0?.content : nil }
    }

    /// Remembers the content of a register that was just authenticated.
    func keep(_ content: Register.Content, of stored: StoredRecord) { known.withLock { $0 = (stored, content) } }

    /// The authenticated node with exactly these bytes; `nil` if it is not remembered.
    func node(of stored: StoredRecord) -> RegisterNode? {
        guard let entry = nodes.withLock({ $0[stored.key] }), entry.stored == stored else { return nil }
        return entry.node
    }

    /// The authenticated node to which a reference leads, without reading it from the store; `nil` if it is not remembered.
    func node(_ child: RegisterNode.Child) -> RegisterNode? {
        guard let entry = nodes.withLock({ $0[RegisterNodeReader.key(child.number)] }), entry.stored.tag == child.tag
        else {
            return nil
        }
        return entry.node
    }

    /// Remembers a node that was just authenticated or sealed.
    func keep(_ node: RegisterNode, of stored: StoredRecord) {
        nodes.withLock { nodes in
            if nodes.count >= Self.capacity { nodes.removeAll() }
            nodes[stored.key] = (stored, node)
        }
    }
}
