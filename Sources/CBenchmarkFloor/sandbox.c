#include <CLuaBridge.h>

#include "CBenchmarkFloor.h"

void sandbox_open_and_close(void) {
    bridge_configuration configuration = {.memory_limit = 64 << 20, .signal = BRIDGE_DEFAULT_SIGNAL};
    bridge_context *context = bridge_open(NULL, (bridge_task_callbacks){0}, configuration);
    if (context != NULL) bridge_close(context);
}
