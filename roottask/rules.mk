# SPDX-License-Identifier: BSD-2-Clause
#
# The root task, at its fixed physical address. Alone: make -f roottask/rules.mk roottask
ifndef L4_LIB_RULES
include lib/rules.mk
endif

.PHONY: roottask
roottask: $(OUT)/roottask/roottask

ROOTTASK_SOURCES := $(L4_START_SERVER) $(addprefix roottask/, \
	acpi.cpp config.cpp console_thread.cpp exception_report.cpp linux_plan.cpp linux_server.cpp main.cpp \
	modules.cpp native_task.cpp physical.cpp power.cpp random.cpp range_list.cpp rtc.cpp rtc_read.cpp supervisor.cpp \
	task_layout.cpp text.cpp threads.cpp console/line_image.cpp console/mux.cpp console/server.cpp)
$(eval $(call l4_program,$(OUT)/roottask/roottask,0x400000,$(ROOTTASK_SOURCES)))
