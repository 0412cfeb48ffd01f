extension RetrieveSchedule {
    mutating func deliver(_ search: Search) {
        switch search.stage {
        case .first, .again, .secondChance: break
        case .probe(let others, let deferred):
            // The companions are not to blame, so the others are retrieved with them.
            narrow(
                others, deferred, carries: search.carries || isOfCompanionsAlone(search.part, others),
                isForRefusal: search.isForRefusal, nil)
        case .proof(let deferred): start(deferred, .first, carries: search.carries)
        case .control(let deferred, let carries): start(deferred, .first, carries: carries)
        }
    }

    mutating func noteMissing(_ messages: [RetrieveResult.Message], _ search: Search) {
        for message in messages {
            for (family, type, name) in missing(message, in: search.part) where !options.optionalTypes.contains(type) {
                guard options.repeatsMissing else { continue }
                if case .secondChance = search.stage {
                    leftOut.append(LeftOut(type, name, .notDelivered(message: message.problem)))
                } else if !missingOnce.families.contains(family) {
                    missingOnce.families.append(family)
                }
            }
        }
    }

    /// The members of a part that a message reports as missing.
    private func missing(
        _ message: RetrieveResult.Message, in part: ManifestPart
    ) -> [(ManifestPart.Family, type: String, name: String)] {
        guard let undelivered = message.undelivered else { return [] }
        return part.families.flatMap { family in
            family.members.filter { member in
                switch undelivered {
                case .member(let name, let type): member.type == type && member.name == name
                case .type(let type): member.type == type
                }
            }.map { (family, $0.type, $0.name) }
        }
    }

    /// Notes the layouts of a delivered part whose object was not in it: profiles lack their assignments.
    mutating func noteSeparated(_ search: Search) {
        guard search.carries, companions?.families.isEmpty == false else { return }
        let there = Set(search.part.families.map(\.id))
        for layout in search.part.families {
            guard let object = layout.id.objectOfLayout, !there.contains(object),
                let family = objects.families.first(where: { $0.id == object }),
                !leftOut.contains(where: { $0.type == object.type && $0.fullName == object.name })
            else { continue }
            for family in [family, layout] where !separated.families.contains(family) {
                separated.families.append(family)
            }
        }
    }

    mutating func fail(_ search: Search, _ reason: LeftOut.Reason) {
        switch search.stage {
        case .first, .secondChance: start(search.part, .again, carries: search.carries)
        case .again: suspect(search, reason)
        case .probe(let others, let deferred) where search.isForRefusal:
            start(others + deferred, .first, carries: search.carries)
            start(search.part, .again, carries: search.carries)
        case .proof(let deferred) where search.isForRefusal:
            start(deferred, .first, carries: search.carries)
            start(search.part, .again, carries: search.carries)
        case .probe, .proof: convict(search, reason)
        case .control: surrender(reason)
        }
    }

    /// Begins a search among all components of a part.
    private mutating func suspect(_ search: Search, _ reason: LeftOut.Reason) {
        let none = ManifestPart(search.part.version, [])
        guard let (settings, others) = mixture(search) else {
            return narrow(search.part, none, carries: search.carries, reason)
        }
        companions = settings
        start(settings, .probe(others: others, deferred: none), carries: false)
    }

    /// Continues a search whose probe failed: one of its components is to blame.
    private mutating func convict(_ search: Search, _ reason: LeftOut.Reason) {
        switch search.stage {
        case .first, .secondChance, .again: suspect(search, reason)
        case .probe(let others, let deferred):
            if isOfCompanionsAlone(search.part, others) {
                waiting.append((others, carries: true))
                narrow(search.part, deferred, carries: false, reason)
            } else {
                narrow(search.part, deferred + others, carries: search.carries, reason)
            }
        case .proof(let deferred): blame(search.part, deferred, carries: search.carries, reason)
        case .control: surrender(reason)
        }
    }

    mutating func exceedLimit(_ search: Search, message: String) {
        let half = max(Int(min(search.part.weight(options.sizes) / 2, Double(options.limit))), 1)
        learntLimit = min(learntLimit ?? half, half)
        switch search.stage {
        case .first, .again, .secondChance: halve(search, message)
        case .probe(let others, let deferred):
            start(others + deferred, .first, carries: search.carries)
            start(search.part, .first, carries: search.carries)
        case .proof(let deferred):
            start(deferred, .first, carries: search.carries)
            halve(search, message)
        case .control: surrender(.retrieveFailed(code: RetrieveResult.limitExceeded, message: message))
        }
    }

    private mutating func halve(_ search: Search, _ message: String) {
        if let (settings, others) = mixture(search) {
            separate(settings, from: others.families.count > 1 ? [others.halves.0, others.halves.1] : [others])
        } else if search.part.families.count > 1 {
            let (first, second) = search.part.halves
            start(first, .first, carries: search.carries)
            start(second, .first, carries: search.carries)
        } else if search.carries {
            hasPartialSettings = true
            start(search.part, .first, carries: false)
        } else {
            leaveOut(search.part, .tooLarge(message: message))
        }
    }

    mutating func refuse(
        _ search: Search, _ attempt: Attempt, _ type: String, _ names: Set<String>?, _ message: String
    ) {
        guard let names else { return self.search(forRefused: type, in: search, .accessMissing(message: message)) }
        func isRefused(_ member: (type: String, name: String)) -> Bool {
            member.type == type && names.contains(member.name)
        }
        var refused: [(type: String, name: String)] = []
        func without(_ part: ManifestPart) -> ManifestPart {
            var rest = part
            for index in rest.families.indices {
                refused += rest.families[index].members.filter(isRefused)
                rest.families[index].members.removeAll(where: isRefused)
            }
            rest.families.removeAll { $0.members.isEmpty }
            return rest
        }
        let part = without(search.part)
        companions = companions.map(without)
        let rows = refused.map { LeftOut($0.type, $0.name, .accessMissing(message: message)) }
        // A companion is in the part too if the companions are retrieved alone.
        leftOut += Set(rows).subtracting(leftOut).sorted()
        if !refused.isEmpty {
            start(part, .first, carries: search.carries)
            switch search.stage {
            case .first, .again, .secondChance: break
            case .probe(let others, let deferred): start(others + deferred, .first, carries: search.carries)
            case .proof(let deferred): start(deferred, .first, carries: search.carries)
            case .control(let deferred, let carries): start(deferred, .first, carries: carries)
            }
        } else if attempt.manifest.members(of: type).contains(where: names.contains) {
            // A companion that another attempt has removed meanwhile.
            start(search.part, search.stage, carries: search.carries)
        } else {
            fail(search, .accessMissing(message: message))
        }
    }

    /// Searches the components of a type that the user may not read, if nothing but retrieves shows which they are.
    private mutating func search(forRefused type: String, in search: Search, _ reason: LeftOut.Reason) {
        let (suspects, others) = search.part.divided { family in family.members.contains { $0.type == type } }
        guard !suspects.families.isEmpty else { return fail(search, reason) }
        if let (settings, rest) = mixture(search) { return separate(settings, from: [rest]) }
        switch search.stage {
        case .first, .secondChance, .again:
            narrow(suspects, others, carries: search.carries, isForRefusal: true, reason)
        case .probe(let rest, let deferred):
            narrow(suspects, deferred + rest + others, carries: search.carries, isForRefusal: true, reason)
        case .proof(let deferred): blame(search.part, deferred, carries: search.carries, reason)
        case .control(let deferred, let carries): start(deferred, .first, carries: carries)
        }
    }
}
