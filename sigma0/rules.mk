# SPDX-License-Identifier: BSD-2-Clause
#
# Sigma0, at its fixed physical address. Alone: make -f sigma0/rules.mk sigma0
ifndef L4_LIB_RULES
include lib/rules.mk
endif

.PHONY: sigma0
sigma0: $(OUT)/sigma0/sigma0

SIGMA0_SOURCES := $(L4_START_SERVER) $(addprefix sigma0/,main.cpp policy.cpp protocol.cpp region_pool.cpp)
$(eval $(call l4_program,$(OUT)/sigma0/sigma0,0x200000,$(SIGMA0_SOURCES)))
