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

    /// The current and the last revision of a record, from the leaf that has its name. All methods that read nodes
    /// throw ``ConnectedAppError`` with `.recordAltered` or `.masterKeyWrong`.
    mutating func revisions(of name: String) throws -> (current: Int?, removed: Int?) {
        var node = root
        while let children = node.children {
            node = try loaded(children[RegisterNode.index(of: name, in: children)])
        }
        return (node.revisions[name], node.removed[name])
    }

    /// The revisions of the records whose names begin with a text, by name.
    mutating func revisions(prefix: String) throws -> [String: Int] {
        var found: [String: Int] = [:]
        try collect(prefix, in: root, into: &found)
        return found
    }

    private mutating func collect(_ prefix: String, in node: RegisterNode, into found: inout [String: Int]) throws {
        guard let children = node.children else {
            for (name, revision) in node.revisions where name.hasPrefix(prefix) { found[name] = revision }
            return
        }
        let start = RegisterNode.index(of: prefix, in: children)
        for (index, child) in children.enumerated().dropFirst(start) {
            let isBeyond = prefix.utf8.lexicographicallyPrecedes(child.first.utf8) && !child.first.hasPrefix(prefix)
            if index > start, isBeyond { return }
            try collect(prefix, in: try loaded(child), into: &found)
        }
    }

    /// Changes the leaf that has a name.
    mutating func update(_ name: String, _ change: (inout RegisterNode) -> Void) throws {
        var root = root
        try update(name, in: &root, change)
        while root.isOverfull { root = RegisterNode(revisions: [:], removed: [:], children: addNodes(root.parts())) }
        self.root = root
    }

    private mutating func update(
        _ name: String, in node: inout RegisterNode, _ change: (inout RegisterNode) -> Void
    ) throws {
        guard let children = node.children else { return change(&node) }
        let index = RegisterNode.index(of: name, in: children)
        let number = children[index].number
        var child = try loaded(children[index])
        try update(name, in: &child, change)
        let parts = child.isOverfull ? child.parts() : [(children[index].first, child)]
        // The first part stays in the child's record.
        nodes[number] = parts[0].node
        changed.insert(number)
        node.children?.insert(contentsOf: addNodes(parts.dropFirst()), at: index + 1)
    }

    /// Gives new nodes their numbers, and returns the references to them, whose tags are set when they are written.
    private mutating func addNodes(_ parts: some Sequence<(first: String, node: RegisterNode)>) -> [RegisterNode.Child]
    {
        parts.map { part in
            let number = nextNumber
            nextNumber += 1
            nodes[number] = part.node
            changed.insert(number)
            return RegisterNode.Child(first: part.first, number: number, tag: Data())
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
        for (index, child) in (node.children ?? []).enumerated() where changed.contains(child.number) {
            guard var changedNode = nodes[child.number] else { throw ConnectedAppError(.internalError) }
            try writeChanged(below: &changedNode, write)
            node.children?[index].tag = try write(child.number, changedNode)
        }
    }

    /// Makes ``writeChanged(_:)`` write every node, because the master key changes.
    mutating func changeAll() throws { for number in try numbers() { changed.insert(number) } }

    /// The numbers of all nodes besides the root. Reads the whole tree.
    mutating func numbers() throws -> [Int] { try numbers(below: root) }

    private mutating func numbers(below node: RegisterNode) throws -> [Int] {
        try (node.children ?? []).flatMap { try [$0.number] + numbers(below: try loaded($0)) }
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
        known.keep(node, of: stored)
        return node
    }

    static func key(_ number: Int) -> RecordKey { RecordKey(.registerNode, String(number)) }
}
