internal import Foundation
internal import JWTBearer

extension RefusalInquiry {
    /// The result of an inquiry.
    struct Conclusion: Equatable {
        /// The likeliest cause.
        var cause: Cause
        /// The causes between which the evidence does not decide, the likeliest first; empty if there is only one.
        var among: [Cause]
        /// Further causes that nothing but the org's words rules out; empty if the cause is certain.
        var notRuledOut: [Cause] = []
        /// Whether evidence other than the org's words proves the cause.
        var isCertain: Bool
        /// Sentences with the evidence.
        var reasons: [String]
        /// What an admin can check to decide between the causes in ``among``; `nil` if ``among`` is empty.
        var separatedBy: String?
        /// Whether the org knows this Consumer Key, because it refused an unknown one in other words.
        var isConsumerKeyKnown = false
    }

    /// The conclusion from what was recorded so far. It can be asked for at any time.
    var conclusion: Conclusion {
        if let name = acceptedKey {
            return Conclusion(
                cause: connectionsWithSameConsumerKey.contains(name.alias)
                    ? .consumerKeyOfAnotherApp : .certificateOfAnotherApp,
                among: [], isCertain: true,
                reasons: ["The org granted a token to the same sign-in signed with \(name)."] + sameKey,
                separatedBy: nil)
        }
        if let control = acceptedNonsense {
            return Conclusion(
                cause: .answerUnintelligible, among: [], isCertain: false,
                reasons: [
                    "A sign-in was granted that no org can grant: \(control.asks). So whoever answers is not an org."
                ],
                separatedBy: nil)
        }
        var (causes, isProven) = causesAtStage
        if clockIsOff, let timed = causes.firstIndex(where: { $0 == .assertionExpired || $0 == .assertionRefused }) {
            // The comparison of the clocks is evidence other than the words.
            isProven = causes.count == 1
            causes[timed] = .clockSkew
        }
        var reasons = reasons
        if let witness, let seen = witness.causes(afterSignature: isAfterSignature) {
            causes = seen.causes
            reasons += seen.reasons
            isProven = seen.isProven && causes.count == 1
        }
        if let spreading, causes[0].spreadingChanges.contains(spreading) {
            reasons.append(
                "The app was changed recently: answers may contradict each other until all servers have the change.")
        }
        let isCertain = isProven && causes.count == 1
        return Conclusion(
            cause: causes[0], among: causes.count > 1 ? causes : [],
            notRuledOut: isCertain ? [] : possible.filter { !causes.contains($0) }, isCertain: isCertain,
            reasons: reasons, separatedBy: causes.count > 1 ? separation(causes) : nil,
            isConsumerKeyKnown: gotSameWords(.nonsenseConsumerKey) == false)
    }

    /// A sentence about other connections with the same Consumer Key; empty if there are none.
    var sameKey: [String] {
        connectionsWithSameConsumerKey.isEmpty
            ? []
            : [
                "Connections of other apps in aprity have the same Consumer Key: \(connectionsWithSameConsumerKey.joined(separator: ", "))."
            ]
    }

    /// The causes that the controls do not rule out, whatever the words mean.
    var possible: [Cause] {
        let (checkPoints, impossible) = (checkPoints, impossible)
        return Cause.allCases.filter { cause in
            // While a change spreads, one server's answer shows nothing about another server.
            let isSpreading =
                !cause.checkPoints.isEmpty && spreading.map { cause.spreadingChanges.contains($0) } ?? false
            guard isSpreading || !cause.checkPoints.isDisjoint(with: checkPoints) else { return false }
            return !impossible.contains(cause)
        }
    }

    /// Causes whose precondition is not met, such as another app's key if there is no other app.
    private var impossible: Set<Cause> {
        let premises: [Cause: Bool] = [
            .certificateExpired: certificateHasExpired, .clockSkew: clockIsOff,
            .certificateOfAnotherApp: !otherKeys.isEmpty,
            .consumerKeyOfAnotherApp: !connectionsWithSameConsumerKey.isEmpty,
            .hostUnfitForAppKind: isUnfitHost,
        ]
        return Set(premises.filter { !$0.value }.keys)
    }

    /// The points at which the org may have refused the sign-in. If a control got other words, the org refused the sign-in at
    /// a later point than the control. If it got the same words, the org refused the sign-in at the same point or earlier.
    var checkPoints: Set<CheckPoint> {
        var points = Set(CheckPoint.allCases)
        for control in answers.keys {
            switch gotSameWords(control) {
            // Another app's key may have passed checks that this one did not.
            case false? where control.isOtherKey: break
            case false?: points = points.filter { $0 > control.checkPoint }
            case true? where !control.mayGet(reading): points = points.filter { $0 <= control.checkPoint }
            case true?, nil: break
            }
        }
        return points
    }

    /// Whether the login host is one of the shared login hosts, where Salesforce may not find an External Client App.
    var isUnfitHost: Bool { appKind == .externalClientApp && (hostForm == .login || hostForm == .test) }

    /// The other app's key that the org accepted; `nil` if it accepted none.
    var acceptedKey: OtherKeyName? {
        for case (.otherKey(let name), .granted) in answers { return name }
        return nil
    }

    /// A control that was granted although no org can grant it; `nil` if none was. Ask for ``acceptedKey`` first: an org can
    /// grant that control.
    var acceptedNonsense: SignInControl? { answers.first { $0.value == .granted }?.key }

    /// Whether the org refused the sign-in after it accepted the signature.
    var isAfterSignature: Bool {
        switch stage {
        case .beforeUser, .user, .afterSignature: true
        case .app, .signature: false
        case .unknown:
            // The words are known and belong to a later stage, and no control contradicts them.
            !Self.causesBeforeUser.contains(reading.cause) && reading.cause != .refusalUnknown
        }
    }

    /// The possible meanings of the words at the stage that the controls show.
    private var causesAtStage: ([Cause], isProven: Bool) {
        let cause = reading.cause
        if cause == .audienceRefused { return causesAtAudience }
        if Self.causesOfApp.contains(cause) { return (causesAtApp, false) }
        if Self.causesOfSignature.contains(cause) { return (causesAtSignature, false) }
        if cause == .assertionExpired { return (stage == .user ? causesPastTheWords : [.assertionExpired], false) }
        if cause == .refusalUnknown { return ([.refusalUnknown] + causesOfUnknownWords, false) }
        return (causesAtUser, false)
    }

    private var causesAtAudience: ([Cause], isProven: Bool) {
        if gotSameWords(.brokenSignature) == false { return (causesPastTheWords, false) }
        // The org checks the audience before the app, and again when it knows the app's kind. An org that refuses everything
        // in the same words gives the same picture. So the cause is proven only if the audience is unusual as well.
        let isBeforeSignature = gotSameWords(.nonsenseConsumerKey) == true || gotSameWords(.brokenSignature) == true
        // The audience passed the check before the lookup of the app, so it does not fit the app's kind.
        if gotSameWords(.nonsenseConsumerKey) == false, !audienceIsUnusual {
            return ([.audienceRefused, .appKindWrong], false)
        }
        return ([.audienceRefused], isBeforeSignature && reading.isConfirmed && audienceIsUnusual)
    }

    private var causesAtApp: [Cause] {
        if gotSameWords(.brokenSignature) == false { return causesPastTheWords }
        let unfit: [Cause] = isUnfitHost ? [.hostUnfitForAppKind] : []
        switch gotSameWords(.nonsenseConsumerKey) {
        // The org knows this key but refuses it.
        case false?: return unfit + [.appNotInstalled]
        case true?, nil: return unfit + reading.among
        }
    }

    private var causesAtSignature: [Cause] {
        switch stage {
        // The org answers an unknown user in other words, so the signature is good.
        case .user: return causesPastTheWords
        // The signature is good, but the assertion is refused for every user.
        case .beforeUser: return certificateHasExpired ? [.certificateExpired, .assertionRefused] : [.assertionRefused]
        case .app, .signature, .afterSignature, .unknown: break
        }
        if gotSameWords(.nonsenseUsername) == false { return causesPastTheWords }
        return causesOfRefusedSignature
    }

    /// The possible causes of a refusal at the signature.
    private var causesOfRefusedSignature: [Cause] {
        var causes: [Cause] = [.signatureRefused]
        if !connectionsWithSameConsumerKey.isEmpty {
            causes.insert(.consumerKeyOfAnotherApp, at: 0)
        } else if gotSameWords(.brokenSignature) == true,
            otherKeys.contains(where: { gotSameWords(.otherKey($0)) == false })
        {
            causes.append(.certificateOfAnotherApp)
        }
        return causes + (certificateHasExpired ? [.certificateExpired] : [])
    }

    private var causesAtUser: [Cause] {
        var causes = reading.among
        switch stage {
        case .user:
            causes.removeAll { $0 == .usernameUnknown || $0 == .organizationInactive }
        case .beforeUser:
            if !causes.contains(.usernameUnknown) { causes.append(.usernameUnknown) }
        case .signature, .app:
            causes.append(.signatureRefused)
        case .afterSignature, .unknown: break
        }
        return causes.isEmpty ? causesPastTheWords : causes
    }

    /// The possible causes, at the stage that the controls show, if nobody has reported the words.
    private var causesOfUnknownWords: [Cause] {
        switch stage {
        case .app: [.audienceRefused, .consumerKeyUnknown, .appNotInstalled]
        case .signature: causesOfRefusedSignature
        case .beforeUser: [.assertionExpired, .usernameUnknown, .organizationInactive]
        case .user: Self.laterCauses
        case .afterSignature: Self.laterCauses + [.usernameUnknown, .organizationInactive]
        case .unknown: []
        }
    }

    /// The possible causes if the controls show a later stage than the one to which the words belong. Nobody has reported
    /// this combination. But while a change spreads, servers contradict each other, so the words may mean what they say.
    private var causesPastTheWords: [Cause] {
        spreading != nil && reading.isConfirmed ? reading.among : [.refusalUnknown] + Self.laterCauses
    }

    /// Causes whose words an org sends before it looks up the user.
    private static let causesBeforeUser: Set<Cause> = [
        .grantTypeRefused, .assertionRefused, .audienceRefused, .consumerKeyUnknown, .appNotInstalled,
        .signatureRefused, .assertionExpired,
    ]

    /// Causes for which an org may refuse after it accepted the signature and the user. Their words in this flow are
    /// not confirmed.
    private static let laterCauses: [Cause] = [
        .userInactive, .userFrozen, .signInRateExceeded, .appBlockedInOrg, .appUninstalled, .addressOrHoursRestricted,
        .sessionLevelUnmet, .noValidScopes,
    ]
}
