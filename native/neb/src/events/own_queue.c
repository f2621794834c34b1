/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own_queue.h"

#include <stdlib.h>
#include <string.h>

static void free_result(struct mgm_own_result *result)
{
	free(result->host);
	free(result->service);
	free(result->output);
	free(result);
}

bool mgm_own_queue_add(struct mgm_own_queue *queue, const char *host, const char *service, const char *output,
                       int return_code, int64_t seconds)
{
	struct mgm_own_result *copy = queue->count < MGM_OWN_QUEUE_MAX ? calloc(1, sizeof(*copy)) : NULL;

	if (copy == NULL)
		return false;
	copy->host = strdup(host);
	copy->service = service != NULL ? strdup(service) : NULL;
	copy->output = strdup(output);
	copy->return_code = return_code;
	copy->seconds = seconds;
	if (copy->host == NULL || copy->output == NULL || (service != NULL && copy->service == NULL)) {
		free_result(copy);
		return false;
	}
	if (queue->last != NULL)
		queue->last->next = copy;
	else
		queue->first = copy;
	queue->last = copy;
	queue->count++;
	return true;
}

struct mgm_own_result *mgm_own_queue_take(struct mgm_own_queue *queue)
{
	struct mgm_own_result *result = queue->first;

	if (result == NULL)
		return NULL;
	queue->first = result->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->count--;
	return result;
}

void mgm_own_queue_free(struct mgm_own_queue *queue)
{
	struct mgm_own_result *result;

	while ((result = mgm_own_queue_take(queue)) != NULL)
		free_result(result);
}
