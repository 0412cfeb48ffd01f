/// The reason for a failure.
///
/// The raw value is the `code` in the store, in `--json`, in problem documents and in the manual. It never changes; the
/// sentences may. Lists of causes, such as the manual's index, have the order of the cases.
///
/// A new case needs an entry, its page in `docs/causes` (`ManualTests` writes it if `APRITY_UPDATE_MANUAL=1` is set) and its
/// code in `openapi.yaml`. Tests check all three.
public enum Cause: String, Codable, CaseIterable, Sendable {
    // Input
    case usage, unknownAlias, aliasTaken, aliasMalformed, usernameMalformed
    case loginHostMalformed, hostNotAllowed, hostUnfitForAppKind, audienceUndecided, audienceMalformed
    case consumerKeyMalformed, consumerSecretGiven, consumerKeyMissing, lifetimeOutOfRange
    // Files and keys
    case fileMissing, fileUnreadable, inputMalformed, portTaken, outputExists, outputCannotBeCreated, pullRunning,
        diskFull, inputOutput, outputLost
    case keyMalformed, keyUnsupported, keyTooSmall, passphraseMissing, passphraseWrong
    case certificateMalformed, certificateTooLarge, certificateKeyMismatch
    // aprity's store
    case configurationMalformed, homeClosed, notInitialised, storeBusy, storeNewer, storeDamaged, storeMoved
    case storeUnwritable
    case recordAltered, recordChanged, blockMayBeLost
    case masterKeyMissing, masterKeyWrong, masterKeyUnsafe, masterKeyMalformed, secretFileUnsafe
    case keyUnavailable, keyStoreFailed, pinRefused, signatureFalse
    case backupPassphraseWrong, backupDamaged, restorePlaceTaken
    // aprity's own rules
    case blocked, notBlocked, compromiseNotReported, unblockTestFailed, signInBudgetUsed, apiCallBudgetUsed,
        signInsPaused, notWatched, notPulled
    case rotationRefused
    // Accounts and API tokens
    case accountUnknown, accountTaken, accountNameMalformed, lastAdmin
    case passwordUnfit, passwordWrong, passwordChecksBusy
    case apiTokenUnknown, apiTokenTaken
    case clientUnknown, clientTaken
    case tokensNotAllowed
    case trustPolicyUnknown, trustPolicyTaken, issuerUnreadable
    case signInAppMissing, signInAppShared, signInNotStarted, signInRefusedByOrg, signInOrganizationWrong
    case signInPermissionMissing, signInIdentityUnread
    // Notices before a certificate expires
    case noticeChannelMissing, noticeRefused, noticeLoginRefused, noticeLoginUnsupported
    case startTLSMissing, webhookMissing, webhookFormRefused, webhookPage
    // Reaching the org
    case nameNotResolved, connectionRefused
    case proxyUnreachable, proxyLoginRefused, proxyRedirected, proxyRefused, proxyFailed
    case serverNotTrusted, tlsFailed, timedOut, connectionLost
    case answerTooLarge, answerUnintelligible, redirected, clearTextRefused
    // Refusals by the org's token endpoint
    case grantTypeRefused, assertionRefused, audienceRefused, consumerKeyUnknown, appNotInstalled, signatureRefused
    case certificateOfAnotherApp, certificateExpired, appKindWrong, consumerKeyOfAnotherApp
    case assertionExpired, userNotApproved, userNotAdminApproved, refreshTokenScopeMissing, noValidScopes
    case usernameUnknown, userInactive, userFrozen, organizationInactive, addressOrHoursRestricted, signInRateExceeded
    case appBlockedInOrg, appUninstalled, sessionLevelUnmet, orgTransient, orgUnavailable, authenticationFailure,
        refusalUnknown
    // After a token was granted
    case organizationChanged, organizationContradictory, instanceRefused, scopesDiffer, tokenUseless
    case apiAccessRestricted, jwtFormatToken, apiDisabled, editionWithoutAPI, apiLimitReached
    // The app in the org: its settings, and reading its metadata
    case selfAuthorizationAllowed, reachTooWide, certificateDiffers, appDrifted
    case metadataAccessMissing, metadataFault, retrieveFailed, retrieveTimedOut, archiveRefused, typeUnknown
    // Everywhere
    case clockSkew, assertionFaulty, internalError

    /// The cause's entry in the table. The switch is exhaustive, so a cause without an entry does not compile.
    public var entry: Entry {
        switch self {
        case .usage: TypedCauses.usage
        case .unknownAlias: TypedCauses.unknownAlias
        case .aliasTaken: TypedCauses.aliasTaken
        case .aliasMalformed: TypedCauses.aliasMalformed
        case .usernameMalformed: TypedCauses.usernameMalformed
        case .loginHostMalformed: TypedCauses.loginHostMalformed
        case .hostNotAllowed: TypedCauses.hostNotAllowed
        case .hostUnfitForAppKind: TypedCauses.hostUnfitForAppKind
        case .audienceUndecided: TypedCauses.audienceUndecided
        case .audienceMalformed: TypedCauses.audienceMalformed
        case .consumerKeyMalformed: TypedCauses.consumerKeyMalformed
        case .consumerSecretGiven: TypedCauses.consumerSecretGiven
        case .consumerKeyMissing: TypedCauses.consumerKeyMissing
        case .lifetimeOutOfRange: TypedCauses.lifetimeOutOfRange
        case .fileMissing: FilesCauses.fileMissing
        case .fileUnreadable: FilesCauses.fileUnreadable
        case .inputMalformed: FilesCauses.inputMalformed
        case .portTaken: FilesCauses.portTaken
        case .outputExists: FilesCauses.outputExists
        case .outputCannotBeCreated: FilesCauses.outputCannotBeCreated
        case .pullRunning: FilesCauses.pullRunning
        case .diskFull: FilesCauses.diskFull
        case .inputOutput: FilesCauses.inputOutput
        case .outputLost: FilesCauses.outputLost
        case .keyMalformed: FilesCauses.keyMalformed
        case .keyUnsupported: FilesCauses.keyUnsupported
        case .keyTooSmall: FilesCauses.keyTooSmall
        case .passphraseMissing: FilesCauses.passphraseMissing
        case .passphraseWrong: FilesCauses.passphraseWrong
        case .certificateMalformed: FilesCauses.certificateMalformed
        case .certificateTooLarge: FilesCauses.certificateTooLarge
        case .certificateKeyMismatch: FilesCauses.certificateKeyMismatch
        case .configurationMalformed: StoreCauses.configurationMalformed
        case .homeClosed: StoreCauses.homeClosed
        case .notInitialised: StoreCauses.notInitialised
        case .storeBusy: StoreCauses.storeBusy
        case .storeNewer: StoreCauses.storeNewer
        case .storeDamaged: StoreCauses.storeDamaged
        case .storeMoved: StoreCauses.storeMoved
        case .storeUnwritable: StoreCauses.storeUnwritable
        case .recordAltered: StoreCauses.recordAltered
        case .recordChanged: StoreCauses.recordChanged
        case .blockMayBeLost: StoreCauses.blockMayBeLost
        case .masterKeyMissing: StoreCauses.masterKeyMissing
        case .masterKeyWrong: StoreCauses.masterKeyWrong
        case .masterKeyUnsafe: StoreCauses.masterKeyUnsafe
        case .masterKeyMalformed: StoreCauses.masterKeyMalformed
        case .secretFileUnsafe: StoreCauses.secretFileUnsafe
        case .keyUnavailable: StoreCauses.keyUnavailable
        case .keyStoreFailed: StoreCauses.keyStoreFailed
        case .pinRefused: StoreCauses.pinRefused
        case .signatureFalse: StoreCauses.signatureFalse
        case .backupPassphraseWrong: StoreCauses.backupPassphraseWrong
        case .backupDamaged: StoreCauses.backupDamaged
        case .restorePlaceTaken: FilesCauses.restorePlaceTaken
        case .blocked: OwnRulesCauses.blocked
        case .notBlocked: OwnRulesCauses.notBlocked
        case .compromiseNotReported: OwnRulesCauses.compromiseNotReported
        case .unblockTestFailed: OwnRulesCauses.unblockTestFailed
        case .signInBudgetUsed: OwnRulesCauses.signInBudgetUsed
        case .apiCallBudgetUsed: OwnRulesCauses.apiCallBudgetUsed
        case .signInsPaused: OwnRulesCauses.signInsPaused
        case .notWatched: OwnRulesCauses.notWatched
        case .notPulled: OwnRulesCauses.notPulled
        case .rotationRefused: OwnRulesCauses.rotationRefused
        case .accountUnknown: AccessCauses.accountUnknown
        case .accountTaken: AccessCauses.accountTaken
        case .accountNameMalformed: AccessCauses.accountNameMalformed
        case .lastAdmin: AccessCauses.lastAdmin
        case .passwordUnfit: AccessCauses.passwordUnfit
        case .passwordWrong: AccessCauses.passwordWrong
        case .passwordChecksBusy: AccessCauses.passwordChecksBusy
        case .apiTokenUnknown: AccessCauses.apiTokenUnknown
        case .apiTokenTaken: AccessCauses.apiTokenTaken
        case .clientUnknown: AccessCauses.clientUnknown
        case .clientTaken: AccessCauses.clientTaken
        case .trustPolicyUnknown: AccessCauses.trustPolicyUnknown
        case .trustPolicyTaken: AccessCauses.trustPolicyTaken
        case .issuerUnreadable: AccessCauses.issuerUnreadable
        case .tokensNotAllowed: OwnRulesCauses.tokensNotAllowed
        case .signInAppMissing: SalesforceSignInCauses.signInAppMissing
        case .signInAppShared: SalesforceSignInCauses.signInAppShared
        case .signInNotStarted: SalesforceSignInCauses.signInNotStarted
        case .signInRefusedByOrg: SalesforceSignInCauses.signInRefusedByOrg
        case .signInOrganizationWrong: SalesforceSignInCauses.signInOrganizationWrong
        case .signInPermissionMissing: SalesforceSignInCauses.signInPermissionMissing
        case .signInIdentityUnread: SalesforceSignInCauses.signInIdentityUnread
        case .noticeChannelMissing: StoreCauses.noticeChannelMissing
        case .noticeRefused: FilesCauses.noticeRefused
        case .noticeLoginRefused: FilesCauses.noticeLoginRefused
        case .noticeLoginUnsupported: FilesCauses.noticeLoginUnsupported
        case .startTLSMissing: FilesCauses.startTLSMissing
        case .webhookMissing: FilesCauses.webhookMissing
        case .webhookFormRefused: FilesCauses.webhookFormRefused
        case .webhookPage: FilesCauses.webhookPage
        case .nameNotResolved: ReachingCauses.nameNotResolved
        case .connectionRefused: ReachingCauses.connectionRefused
        case .proxyUnreachable: ReachingCauses.proxyUnreachable
        case .proxyLoginRefused: ReachingCauses.proxyLoginRefused
        case .proxyRedirected: ReachingCauses.proxyRedirected
        case .proxyRefused: ReachingCauses.proxyRefused
        case .proxyFailed: ReachingCauses.proxyFailed
        case .serverNotTrusted: ReachingCauses.serverNotTrusted
        case .tlsFailed: ReachingCauses.tlsFailed
        case .timedOut: ReachingCauses.timedOut
        case .connectionLost: ReachingCauses.connectionLost
        case .answerTooLarge: ReachingCauses.answerTooLarge
        case .answerUnintelligible: ReachingCauses.answerUnintelligible
        case .redirected: ReachingCauses.redirected
        case .clearTextRefused: ReachingCauses.clearTextRefused
        case .grantTypeRefused: RefusedCauses.grantTypeRefused
        case .assertionRefused: RefusedCauses.assertionRefused
        case .audienceRefused: RefusedCauses.audienceRefused
        case .consumerKeyUnknown: RefusedCauses.consumerKeyUnknown
        case .appNotInstalled: RefusedCauses.appNotInstalled
        case .signatureRefused: RefusedCauses.signatureRefused
        case .certificateOfAnotherApp: RefusedCauses.certificateOfAnotherApp
        case .certificateExpired: RefusedCauses.certificateExpired
        case .appKindWrong: RefusedCauses.appKindWrong
        case .consumerKeyOfAnotherApp: RefusedCauses.consumerKeyOfAnotherApp
        case .assertionExpired: RefusedCauses.assertionExpired
        case .userNotApproved: RefusedCauses.userNotApproved
        case .userNotAdminApproved: RefusedCauses.userNotAdminApproved
        case .refreshTokenScopeMissing: RefusedCauses.refreshTokenScopeMissing
        case .noValidScopes: RefusedCauses.noValidScopes
        case .usernameUnknown: RefusedCauses.usernameUnknown
        case .userInactive: RefusedCauses.userInactive
        case .userFrozen: RefusedCauses.userFrozen
        case .organizationInactive: RefusedCauses.organizationInactive
        case .addressOrHoursRestricted: RefusedCauses.addressOrHoursRestricted
        case .signInRateExceeded: RefusedCauses.signInRateExceeded
        case .appBlockedInOrg: RefusedCauses.appBlockedInOrg
        case .appUninstalled: RefusedCauses.appUninstalled
        case .sessionLevelUnmet: RefusedCauses.sessionLevelUnmet
        case .orgTransient: RefusedCauses.orgTransient
        case .orgUnavailable: RefusedCauses.orgUnavailable
        case .authenticationFailure: RefusedCauses.authenticationFailure
        case .refusalUnknown: RefusedCauses.refusalUnknown
        case .organizationChanged: GrantedCauses.organizationChanged
        case .organizationContradictory: GrantedCauses.organizationContradictory
        case .instanceRefused: GrantedCauses.instanceRefused
        case .scopesDiffer: GrantedCauses.scopesDiffer
        case .tokenUseless: GrantedCauses.tokenUseless
        case .apiAccessRestricted: GrantedCauses.apiAccessRestricted
        case .jwtFormatToken: GrantedCauses.jwtFormatToken
        case .apiDisabled: GrantedCauses.apiDisabled
        case .editionWithoutAPI: GrantedCauses.editionWithoutAPI
        case .apiLimitReached: GrantedCauses.apiLimitReached
        case .selfAuthorizationAllowed: AppCauses.selfAuthorizationAllowed
        case .reachTooWide: AppCauses.reachTooWide
        case .certificateDiffers: AppCauses.certificateDiffers
        case .appDrifted: AppCauses.appDrifted
        case .metadataAccessMissing: GrantedCauses.metadataAccessMissing
        case .metadataFault: GrantedCauses.metadataFault
        case .retrieveFailed: GrantedCauses.retrieveFailed
        case .retrieveTimedOut: GrantedCauses.retrieveTimedOut
        case .archiveRefused: GrantedCauses.archiveRefused
        case .typeUnknown: GrantedCauses.typeUnknown
        case .clockSkew: EverywhereCauses.clockSkew
        case .assertionFaulty: EverywhereCauses.assertionFaulty
        case .internalError: EverywhereCauses.internalError
        }
    }
}
