internal import Foundation

/// The revisions of all records, as a transaction reads and changes them: a B-tree whose root is in the register, and
/// whose other nodes are records of the kind ``RecordKind/registerNode``.
///
/// Each node contains the authentication tags of the nodes below it, so the register authenticates the whole tree. A
/// change writes the nodes on one path, and a lookup reads one path. A small store has no node besides the root.
struct RegisterTree {
    private(set) var root: RegisterNode
    /// The number of the next node that is created. Numbers are not used twice.
    private(set) var nextNumber: Int
    private let reader: RegisterNodeReader
    /// The nodes that were read or changed in this transaction.
    private var nodes: [Int: RegisterNode] = [:]
    /// The nodes to write. If a node is in it, so are the nodes above it, apart from the root.
    private var changed: Set<Int> = []

    init(root: RegisterNode, nextNumber: Int, reader: RegisterNodeReader) {
        (self.root, self.nextNumber, self.reader) = (root, nextNumber, reader)
    }

    /// The revision of a record, negative for a removed one; `nil` if there never was one. All methods that read nodes
    /// throw ``ConnectedAppError`` with `.recordAltered` or `.masterKeyWrong`.
    mutating func value(of name: String) throws -> Int? {
        var node = root
        while !node.isLeaf { node = try loaded(node.child(at: node.childIndex(of: name))) }
        return node.value(of: name)
    }

    /// The names and the revisions of the records whose names begin with a text, without removed ones, sorted.
    ///
    /// - Parameter readsKnownNodes: Whether to read even the nodes that this process has authenticated, so that it is
    ///   noticed if they were altered since. What is returned is authentic and current in both cases.
    mutating func entries(prefix: String, readsKnownNodes: Bool = true) throws -> [(name: String, revision: Int)] {
        var found: [(name: String, revision: Int)] = []
        try collect(prefix, in: root, readsKnownNodes, into: &found)
        return found
    }

    private mutating func collect(
        _ prefix: String, in node: RegisterNode, _ readsKnownNodes: Bool,
        into found: inout [(name: String, revision: Int)]
    ) throws {
        guard !node.isLeaf else {
            found += node.entries(prefix: prefix)
            return
        }
        let start = node.childIndex(of: prefix)
        for index in start..<node.names.count {
            let first = node.names[index].utf8
            if index > start, prefix.utf8.lexicographicallyPrecedes(first), !first.starts(with: prefix.utf8) { return }
            let child = node.child(at: index)
            let known = readsKnownNodes || nodes[child.number] != nil ? nil : reader.known.node(child)
            try collect(prefix, in: try known ?? loaded(child), readsKnownNodes, into: &found)
        }
    }

    /// Sets the revision of a record, negative for a removed one.
    mutating func setValue(_ value: Int, of name: String) throws {
        var root = root
        try setValue(value, of: name, in: &root)
        while root.isOverfull { root = RegisterNode(addNodes(root.parts())) }
        self.root = root
    }

    private mutating func setValue(_ value: Int, of name: String, in node: inout RegisterNode) throws {
        guard !node.isLeaf else { return node.setValue(value, of: name) }
        let index = node.childIndex(of: name)
        let reference = node.child(at: index)
        var child = try loaded(reference)
        try setValue(value, of: name, in: &child)
        let parts = child.isOverfull ? child.parts() : [child]
        // The first part stays in the child's record.
        nodes[reference.number] = parts[0]
        changed.insert(reference.number)
        node.insert(addNodes(parts.dropFirst()), at: index + 1)
    }

    /// Gives new nodes their numbers, and returns the references to them, whose tags are set when they are written.
    private mutating func addNodes(_ parts: some Sequence<RegisterNode>) -> [RegisterNode.Child] {
        parts.map { part in
            let number = nextNumber
            nextNumber += 1
            nodes[number] = part
            changed.insert(number)
            return RegisterNode.Child(first: part.names[0], number: number, tag: Data())
        }
    }

    /// Writes the changed nodes, those below others first, and completes the root.
    ///
    /// - Parameter write: Writes the node with this number, and returns the tag of its record.
    mutating func writeChanged(_ write: (Int, RegisterNode) throws -> Data) throws {
        var root = root
        try writeChanged(below: &root, write)
        self.root = root
        changed = []
    }

    private func writeChanged(below node: inout RegisterNode, _ write: (Int, RegisterNode) throws -> Data) throws {
        for (index, child) in node.children.enumerated() where changed.contains(child.number) {
            guard var changedNode = nodes[child.number] else { throw ConnectedAppError(.internalError) }
            try writeChanged(below: &changedNode, write)
            node.setTag(try write(child.number, changedNode), ofChildAt: index)
        }
    }

    /// Makes ``writeChanged(_:)`` write every node, because the master key changes.
    mutating func changeAll() throws { for number in try numbers() { changed.insert(number) } }

    /// The numbers of all nodes besides the root. Reads the whole tree.
    mutating func numbers() throws -> [Int] { try numbers(below: root) }

    private mutating func numbers(below node: RegisterNode) throws -> [Int] {
        try node.children.flatMap { try [$0.number] + numbers(below: try loaded($0)) }
    }

    private mutating func loaded(_ child: RegisterNode.Child) throws -> RegisterNode {
        if let node = nodes[child.number] { return node }
        let node = try reader.node(child)
        nodes[child.number] = node
        return node
    }
}

/// Reads the nodes of the register's tree in a transaction.
struct RegisterNodeReader {
    let reading: any RecordReading
    let ring: MasterKeyRing
    let known: RegisterCache

    /// Reads and authenticates a node.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if it is missing, not authentic or not the current one.
    func node(_ child: RegisterNode.Child) throws -> RegisterNode {
        let key = Self.key(child.number)
        guard let stored = try reading.record(key) else { throw ConnectedAppError.altered(key, "it is missing") }
        guard stored.tag == child.tag else {
            throw ConnectedAppError.altered(key, "it is not the version that the register names")
        }
        if let node = known.node(of: stored) { return node }
        let node = try Seal.opened(stored, as: RegisterNode.self, ring: ring)
        guard node.isConsistent else { throw ConnectedAppError(.storeDamaged, subject: key.description) }
        known.keep(node, of: stored)
        return node
    }

    static func key(_ number: Int) -> RecordKey { RecordKey(.registerNode, String(number)) }
}
