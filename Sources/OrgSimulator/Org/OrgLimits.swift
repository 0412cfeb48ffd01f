/// The answer of `/limits`. Only the API requests are counted. All other limits have the names and maxima of a recorded
/// Developer Edition (mike4aday/SwiftlySalesforce `Tests/SwiftlySalesforceTests/MockLimits.json`, 2022), and always
/// show the maximum as remaining.
enum OrgLimits {
    /// - Parameter used: The number of API requests in the last 24 hours of org time.
    static func json(of org: Org, apiRequests used: Int) -> JSONValue {
        let fixed = maxima.map { ($0, limit($1, $1)) }
        let counted: [(String, JSONValue)] = [
            ("DailyApiRequests", limit(org.dailyAPIRequestLimit, max(0, org.dailyAPIRequestLimit - used)))
        ]
        return .record((fixed + counted).sorted { $0.0 < $1.0 })
    }

    private static func limit(_ maximum: Int, _ remaining: Int) -> JSONValue {
        ["Max": .integer(Int64(maximum)), "Remaining": .integer(Int64(remaining))]
    }

    private static let maxima: [(String, Int)] = [
        ("AnalyticsExternalDataSizeMB", 40_960), ("BOZosCalloutHourlyLimit", 20_000),
        ("ConcurrentAsyncGetReportInstances", 200), ("ConcurrentEinsteinDataInsightsStoryCreation", 5),
        ("ConcurrentEinsteinDiscoveryStoryCreation", 2), ("ConcurrentSyncReportRuns", 20),
        ("DailyAnalyticsDataflowJobExecutions", 60), ("DailyAnalyticsUploadedFilesSizeMB", 51_200),
        ("DailyAsyncApexExecutions", 250_000), ("DailyBulkApiBatches", 15_000), ("DailyBulkApiRequests", 5_000),
        ("DailyBulkV2QueryFileStorageMB", 976_562), ("DailyBulkV2QueryJobs", 10_000),
        ("DailyDurableGenericStreamingApiEvents", 10_000), ("DailyDurableStreamingApiEvents", 10_000),
        ("DailyEinsteinDataInsightsStoryCreation", 1_000), ("DailyEinsteinDiscoveryPredictAPICalls", 50_000),
        ("DailyEinsteinDiscoveryPredictionsByCDC", 500_000), ("DailyEinsteinDiscoveryStoryCreation", 100),
        ("DailyFunctionsApiCallLimit", 50_000), ("DailyGenericStreamingApiEvents", 10_000),
        ("DailyStandardVolumePlatformEvents", 10_000), ("DailyStreamingApiEvents", 10_000),
        ("DailyWorkflowEmails", 195), ("DataStorageMB", 5), ("DurableStreamingApiConcurrentClients", 20),
        ("FileStorageMB", 20), ("HourlyAsyncReportRuns", 1_200), ("HourlyDashboardRefreshes", 200),
        ("HourlyDashboardResults", 5_000), ("HourlyDashboardStatuses", 999_999_999),
        ("HourlyLongTermIdMapping", 100_000), ("HourlyManagedContentPublicRequests", 50_000),
        ("HourlyODataCallout", 1_000), ("HourlyPublishedPlatformEvents", 50_000),
        ("HourlyPublishedStandardVolumePlatformEvents", 1_000), ("HourlyShortTermIdMapping", 100_000),
        ("HourlySyncReportRuns", 500), ("HourlyTimeBasedWorkflow", 50), ("MassEmail", 10),
        ("MonthlyEinsteinDiscoveryStoryCreation", 500), ("MonthlyPlatformEventsUsageEntitlement", 0),
        ("Package2VersionCreates", 6), ("Package2VersionCreatesWithoutValidation", 500), ("PermissionSets", 1_500),
        ("PrivateConnectOutboundCalloutHourlyLimitMB", 0), ("SingleEmail", 15), ("StreamingApiConcurrentClients", 20),
    ]
}
