internal import JWTBearer

extension RefusalInquiry {
    /// What the answers to the controls show, one sentence each.
    var reasons: [String] {
        var reasons: [String] = []
        if let same = gotSameWords(.nonsenseConsumerKey) {
            reasons.append(
                same
                    ? "The org refuses a Consumer Key that belongs to no app with the same text: it stops at the audience or at the app."
                    : "The org refuses a Consumer Key that belongs to no app with a different text: it knows the connection's Consumer Key."
            )
        }
        if let same = gotSameWords(.brokenSignature) {
            reasons.append(
                same
                    ? "A broken signature gets the same words: the org does not get past the signature."
                    : "A broken signature gets other words: this signature matches the certificate that the org holds.")
        }
        if let same = gotSameWords(.nonsenseUsername) {
            reasons.append(
                same
                    ? "A user that does not exist gets the same words: nothing shows that the org knows this one."
                    : "A user that does not exist gets other words: the org knows the connection's user.")
        }
        for case (.otherKey(let name), .refused) in answers.sorted(by: { $0.key.asks < $1.key.asks }) {
            guard let same = gotSameWords(.otherKey(name)) else { continue }
            reasons.append(
                same
                    ? "The same sign-in signed with \(name) gets the same words: that key does not match the org's "
                        + "certificate."
                    : "The same sign-in signed with \(name) gets other words: that key may match the org's certificate."
            )
        }
        if Self.causesOfSignature.contains(reading.cause) { reasons += sameKey }
        if wordsVary {
            reasons.append("The org's words differ in each answer, so no two answers can be compared.")
        }
        if !reading.isConfirmed, reading.cause != .refusalUnknown {
            reasons.append("These words are not confirmed for JWT Bearer on a real org.")
        }
        return reasons
    }

    /// A sentence about reading the user and the app with another token.
    var secondConnection: String {
        if let witness {
            return
                "What the token of \(witness.source) showed about the user and the app does not decide between the causes."
        }
        guard let neighbour = neighbours.first else {
            return "With a second connection to the same org, aprity could read the user and the app's policies."
        }
        return "aprity could not read them through the connection \(neighbour) to the same org. To find out why, run "
            + "`aprity test \(neighbour)`."
    }

    /// Returns the step that would decide between the causes, of which there are at least two.
    func separation(_ causes: [Cause]) -> String {
        let set = Set(causes)
        if set.contains(.userNotApproved) || set.contains(.usernameUnknown) {
            return
                "In Setup > Users, check whether the username exists; then read Permitted Users in the app's policies. "
                + secondConnection
        }
        if set.contains(.consumerKeyUnknown) {
            return "In Setup, compare the Consumer Key with the one that `aprity connection show` prints."
        }
        if set.contains(.consumerKeyOfAnotherApp) {
            return "In Setup, check whether the app with this Consumer Key is the one of this connection."
        }
        if set.contains(.appKindWrong) {
            return "In Setup, check whether the app is an External Client App or a Connected App."
        }
        if set.contains(.certificateExpired) { return "Upload a new certificate: it removes both causes." }
        if set.contains(.hostUnfitForAppKind) {
            return "Use the My Domain as login host; if the sign-in still fails, the app is the cause."
        }
        return
            "In Setup > Login History, read the Status in this user's newest row: it often says more than the org's answer."
    }
}
