#include <sqlite3.h>

// Makes a connection ignore triggers, and reject statements that use a view. Returns SQLITE_OK or an error code.
// sqlite3_db_config has a variable number of arguments, so Swift cannot call it.
static inline int aprity_ignore_triggers_and_views(sqlite3 *db) {
    int code = sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
    return code != SQLITE_OK ? code : sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)0);
}
