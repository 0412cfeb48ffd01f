extension MetadataConditions {
    /// Rejects unknown types, numbers out of bounds, and members that have no effect.
    ///
    /// - Parameter place: The key path for messages, such as `orgs[A].metadata`.
    /// - Throws: ``StateProblem`` for the first such value.
    func validate(_ place: String) throws(StateProblem) {
        for (index, fault) in listing.faults.enumerated() { try fault.validate("\(place).listing.faults[\(index)]") }
        for (index, row) in listing.rows.enumerated() {
            try requireType(row.type, "\(place).listing.rows[\(index)]", isTopLevel: false)
        }
        let registry = MetadataRegistry.standard
        for (index, name) in listing.emptyTypes.enumerated() {
            let isKnown =
                registry.type(named: name) != nil || registry.type(withFolders: name) != nil
                || registry.parent(ofChild: name) != nil
            guard !isKnown, name.wholeMatch(of: #/[A-Za-z][A-Za-z0-9]*/#) != nil else {
                throw StateProblem(
                    "\(place).listing.emptyTypes[\(index)]: \(name) is "
                        + (isKnown ? "a metadata type of the embedded org." : "not a name of letters and digits."))
            }
        }
        for (index, fault) in read.faults.enumerated() { try fault.validate("\(place).read.faults[\(index)]") }
        try retrieve.validate("\(place).retrieve")
    }
}

extension TypeFault {
    fileprivate func validate(_ place: String) throws(StateProblem) {
        try requireType(type, place, isTopLevel: false)
        guard count ?? 1 >= 1 else { throw StateProblem("\(place).count must be at least 1.") }
    }
}

extension RetrieveConditions {
    fileprivate func validate(_ place: String) throws(StateProblem) {
        for (key, value) in [("seconds", seconds), ("limitSeconds", limitSeconds)] {
            guard (0...1e10).contains(value ?? 0) else {
                throw StateProblem("\(place).\(key) must be from 0 to 10000000000.")
            }
        }
        let counts = [
            ("polls", polls), ("fileLimit", fileLimit), ("uncompressedLimit", uncompressedLimit),
            ("compressedLimit", compressedLimit),
        ]
        for (key, value) in counts where value ?? 0 < 0 {
            throw StateProblem("\(place).\(key) must not be negative.")
        }
        for (index, refusal) in refusals.enumerated() {
            try requireType(refusal.type, "\(place).refusals[\(index)]", isTopLevel: true)
        }
        for (index, component) in rotten.enumerated() {
            let part = "\(place).rotten[\(index)]"
            try requireType(component.type, part, isTopLevel: true)
            guard component.count ?? 1 >= 1 else { throw StateProblem("\(part).count must be at least 1.") }
            if rotten[..<index].contains(where: component.isSame) {
                throw StateProblem("\(part): the component \(component.fullName) occurs twice.")
            }
        }
    }
}

/// - Parameter isTopLevel: Whether child types and folder types are rejected.
private func requireType(_ name: String, _ place: String, isTopLevel: Bool) throws(StateProblem) {
    let registry = MetadataRegistry.standard
    if registry.type(named: name) != nil { return }
    let isOther = registry.type(withFolders: name) != nil || registry.parent(ofChild: name) != nil
    guard !isTopLevel, isOther else {
        throw StateProblem("\(place).type: \(name) is not a \(isTopLevel ? "top-level " : "")metadata type.")
    }
}
